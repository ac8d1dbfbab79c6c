package template

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// maxCarried is how many sample records, and how many reference records, an exported
// template has at most.
const maxCarried = 500

// carrier writes records of an organisation as records of a template (see values.go):
// they name each other, members are numbered in the order in which they come, days are
// counted from today. Files stay, and what leads to a record that does not travel.
type carrier struct {
	cat      *form.Catalog
	key      string   // of the template
	forms    []string // that are exported
	under    string   // where the records are named in the input
	now      time.Time
	members  map[int64]int // their numbers
	standard Template

	c       *pg.Conn
	ids     map[*form.Form][]int64
	places  map[*form.Form]map[int64]int // of the records in the input
	called  map[*form.Form]map[int64]string
	written map[*form.Form]map[int64]map[string]any
}

// carry writes down records by their ids. Faults with the place of the id: NOT_FOUND,
// and INVALID for members, for records of forms that are not exported, and for those
// that must have what does not travel.
func (w *carrier) carry(ctx context.Context, db *pg.DB, ids []string) ([]records, error) {
	if len(ids) > maxCarried {
		return nil, fault.New(fault.Invalid, "at most %d records go with a template", maxCarried).At(w.under)
	}
	if err := w.find(ids); err != nil || len(ids) == 0 {
		return nil, err
	}
	order := w.order()
	err := db.As(ctx, w.cat.Role, func(c *pg.Conn) error {
		w.c = c
		return c.InTx(ctx, func() error {
			if err := w.call(ctx); err != nil {
				return err
			}
			for _, f := range order {
				if err := w.write(ctx, f); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	var out []records
	for _, f := range order {
		r := records{Form: f.Key}
		for _, id := range w.ids[f] {
			r.Records = append(r.Records, w.written[f][id])
		}
		out = append(out, r)
	}
	return out, nil
}

func (w *carrier) bad(place int, k fault.Kind, format string, args ...any) *fault.Fault {
	return fault.New(k, format, args...).At(w.under, place)
}

// find reads the ids.
func (w *carrier) find(ids []string) error {
	w.ids, w.places = map[*form.Form][]int64{}, map[*form.Form]map[int64]int{}
	var bad fault.List
	for i, id := range ids {
		f := w.cat.Form(kind.FormOf(id))
		if f == nil || f.ArchivedAt != nil {
			bad = append(bad, w.bad(i, fault.NotFound, "there is no such record"))
			continue
		}
		n, ok := kind.ParseID(f.Key, id)
		switch {
		case !ok:
			bad = append(bad, w.bad(i, fault.NotFound, "there is no such record"))
		case f.IsMember():
			bad = append(bad, w.bad(i, fault.Invalid, "members do not go with a template: those of the organisation that installs it take their parts"))
		case !w.travels(f):
			bad = append(bad, w.bad(i, fault.Invalid, "the form %q is not exported", f.Key))
		case slices.Contains(w.ids[f], n):
			bad = append(bad, w.bad(i, fault.Invalid, "the record is named twice"))
		default:
			if w.places[f] == nil {
				w.places[f] = map[int64]int{}
			}
			w.ids[f], w.places[f][n] = append(w.ids[f], n), i
		}
	}
	return bad.Err()
}

// travels says whether a form will be where the template is installed.
func (w *carrier) travels(f *form.Form) bool { return f.Standard || slices.Contains(w.forms, f.Key) }

// order are the forms of the records, those that others refer to first as far as can be.
func (w *carrier) order() []*form.Form {
	var rest, out []*form.Form
	for _, f := range w.cat.Forms {
		if len(w.ids[f]) > 0 {
			rest = append(rest, f)
		}
	}
	for len(rest) > 0 {
		i := slices.IndexFunc(rest, func(f *form.Form) bool {
			return !slices.ContainsFunc(w.fields(f), func(x *form.Field) bool { return x.Target != nil && x.Target != f && slices.Contains(rest, x.Target) })
		})
		i = max(i, 0) // 0: they refer to each other
		out, rest = append(out, rest[i]), slices.Delete(rest, i, i+1)
	}
	return out
}

// fields are those of a form whose values travel.
func (w *carrier) fields(f *form.Form) []*form.Field {
	exported := slices.Contains(w.forms, f.Key)
	return slices.DeleteFunc(f.Own(), func(x *form.Field) bool {
		return !x.Writable() || kind.IsFiles(x.Kind) || !exported && !x.Standard
	})
}

// call gives the records their names: those that sample records have, so that they are
// the same as what other templates have of them, and numbers with the template's key.
func (w *carrier) call(ctx context.Context) error {
	w.called = map[*form.Form]map[int64]string{}
	s := &sampler{c: w.c, by: org.Actor{OrgID: w.cat.OrgID}}
	all, err := s.remembered(ctx)
	if err != nil {
		return err
	}
	for f, ids := range w.ids {
		w.called[f] = map[int64]string{}
		for i, id := range ids {
			w.called[f][id] = fmt.Sprintf("%s.%s.%d", w.key, f.Key, i+1)
		}
	}
	for _, r := range all {
		if names := w.called[w.cat.Form(r.form)]; names[r.record] != "" {
			names[r.record] = r.name
		}
	}
	return nil
}

// write writes down the records of a form.
func (w *carrier) write(ctx context.Context, f *form.Form) error {
	var bad fault.List
	if w.written == nil {
		w.written = map[*form.Form]map[int64]map[string]any{}
	}
	w.written[f] = map[int64]map[string]any{}
	s := sqlgen.Standing(f, w.ids[f])
	there := map[int64]bool{}
	if err := w.c.Query(ctx, s.SQL, s.Args, func(v []pg.Value) error { there[v[0].(int64)] = !v[2].(bool); return nil }); err != nil {
		return err
	}
	for _, id := range w.ids[f] {
		if !there[id] {
			bad = append(bad, w.bad(w.places[f][id], fault.NotFound, "there is no such record"))
		}
	}
	fields := w.fields(f)
	s = sqlgen.Held(f, fields, w.ids[f])
	held := map[int64][]string{}
	err := w.c.Query(ctx, s.SQL, s.Args, func(v []pg.Value) error {
		row := make([]string, len(fields)) // "": nothing
		for i := range fields {
			text, _ := v[i+1].(string)
			row[i] = string([]byte(text)) // rows share a buffer
		}
		held[v[0].(int64)] = row
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range w.ids[f] {
		out := map[string]any{"id": w.called[f][id]}
		for i, x := range fields {
			if !there[id] {
				break
			}
			v, err := w.value(x, held[id][i])
			if err != nil {
				return fmt.Errorf("%s of %s: %w", x.Key, recordID(f, id), err)
			}
			switch {
			case v != nil:
				out[x.Key] = v
			case x.Required:
				bad = append(bad, w.bad(w.places[f][id], fault.Invalid, "the record must have %q, and what it has does not go with the template", x.Key))
			case x.Default != nil || x.DefaultExpr != nil:
				out[x.Key] = nil
			}
		}
		w.written[f][id] = out
	}
	return bad.Err()
}

// value is what a template says for the text of a value, nil for nothing.
func (w *carrier) value(x *form.Field, text string) (any, error) {
	if text == "" {
		return nil, nil
	}
	switch x.Kind.Form() {
	case kind.AsIs, kind.AsObject:
		var v any
		err := decode([]byte(text), &v)
		return v, err
	case kind.AsDateTime:
		at, err := time.Parse("2006-01-02 15:04:05-07", text)
		day, ok := w.day(calendar.Of(at, w.cat.Zone))
		if !ok {
			return at.Format(time.RFC3339), err
		}
		return day + at.In(w.cat.Zone).Format(" 15:04"), err
	case kind.AsOption:
		return w.option(x, text), nil
	case kind.AsOptions:
		return some(kind.Elements(text), func(e string) any { return w.option(x, e) }), nil
	case kind.AsRecord:
		return w.record(x, text), nil
	case kind.AsRecords:
		return some(kind.Elements(text), func(e string) any { return w.record(x, e) }), nil
	}
	if x.Kind.Name() == "DATE" {
		d, err := calendar.Parse(text)
		if day, ok := w.day(d); ok {
			return day, err
		}
	}
	return text, nil
}

// day is a day counted from today, false for one that is centuries away.
func (w *carrier) day(d calendar.Day) (string, bool) {
	n := d.Since(calendar.Of(w.now, w.cat.Zone))
	return fmt.Sprintf("%+d", n), n > -100_000 && n < 100_000
}

// option is the key of an option that will be where the template is installed, nil for
// another.
func (w *carrier) option(x *form.Field, key string) any {
	if slices.Contains(w.forms, x.Form.Key) {
		if o, ok := x.Settings.Option(key); ok && !o.Archived {
			return key
		}
		return nil
	}
	for _, f := range w.standard.Forms {
		for _, y := range f.Fields {
			if f.Key == x.Form.Key && y.Key == x.Key && slices.ContainsFunc(y.Options, func(o optionFile) bool { return o.Key == key }) {
				return key
			}
		}
	}
	return nil
}

// some are those of a list that travel, nil for none.
func some(list []string, each func(string) any) any {
	var out []any
	for _, e := range list {
		if v := each(e); v != nil {
			out = append(out, v)
		}
	}
	if out == nil {
		return nil
	}
	return out
}

// record names a record that travels, or the part of a member: nobody, where fewer
// members are than parts and none need have it.
func (w *carrier) record(x *form.Field, text string) any {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil
	}
	if !x.Target.IsMember() {
		if name := w.called[x.Target][id]; name != "" {
			return "@" + name
		}
		return nil
	}
	part, ok := w.members[id]
	if !ok {
		part = len(w.members)
		w.members[id] = part
	}
	alone := x.Unique || slices.ContainsFunc(x.Form.Rules, func(r *form.Rule) bool { return r.Kind == form.UniqueRule && slices.Contains(r.Fields, x) })
	if x.Required && !alone {
		return fmt.Sprintf("@member%d", part)
	}
	return fmt.Sprintf("@member%d?", part)
}

// checkCarried refuses records that no export gives: members, and too many.
func checkCarried(list []records) error {
	n := 0
	for i, r := range list {
		if n += len(r.Records); n > maxCarried {
			return fault.New(fault.Invalid, "at most %d records go with a template", maxCarried)
		}
		if r.Form == "member" {
			return fault.New(fault.Invalid, "members do not go with a template").At(i, "form")
		}
	}
	return nil
}
