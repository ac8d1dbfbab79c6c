package plan_test

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/query"

	"github.com/cockroachdb/apd/v3"
)

// This file is an independent reading of what filters and orders mean, on
// records in memory. It shares nothing with packages query and sqlgen but the
// catalog and the names of things; it reads a filter as a client sends it.

// record is one record as it was inserted: values by field key, in the text of
// their column, absent when empty.
type record struct {
	form     *form.Form
	id       int64
	values   map[string]string
	near     []int64 // links
	archived bool
}

// memory is every record of the organisation.
type memory struct {
	records map[string][]*record // by form key
	face    query.Face
	now     time.Time
}

func (m *memory) find(formKey string, id int64) *record {
	for _, r := range m.records[formKey] {
		if r.id == id {
			return r
		}
	}
	return nil
}

// value is a field of a record in the text of its column; ok is false for empty
// fields and for those of a record that is not there.
func (m *memory) value(r *record, x *form.Field) (string, bool) {
	switch {
	case r == nil:
		return "", false
	case x.IsID():
		return number(r.id), true
	case x.Key == "version":
		return map[bool]string{true: "2", false: "1"}[r.archived], true
	case x.Key == "archived_at":
		return "2026-01-01T00:00:00Z", r.archived
	}
	if of := computed[r.form.Key+"."+x.Key]; of != nil {
		return computedText(of(m, r))
	}
	v, ok := r.values[x.Key]
	return v, ok
}

func (m *memory) field(f *form.Form, name string) *form.Field {
	if m.face == query.Typed {
		return f.Named(name)
	}
	return f.Field(name)
}

// holds says whether a filter holds for a record; r is nil for one that is not
// there.
func (m *memory) holds(f *form.Form, r *record, filter map[string]any) bool {
	for name, v := range filter {
		if !m.part(f, r, name, v) {
			return false
		}
	}
	return true
}

func (m *memory) part(f *form.Form, r *record, name string, v any) bool {
	switch name {
	case "and":
		return !slices.ContainsFunc(v.([]any), func(p any) bool { return !m.holds(f, r, p.(map[string]any)) })
	case "or":
		return slices.ContainsFunc(v.([]any), func(p any) bool { return m.holds(f, r, p.(map[string]any)) })
	case "not":
		return !m.holds(f, r, v.(map[string]any))
	case "isNull":
		return (r == nil) == v.(bool)
	}
	x := m.field(f, name)
	switch {
	case x.IsMany():
		return m.children(r, x, v.(map[string]any))
	case x.IsReference():
		return m.holds(x.Target, m.behind(r, x), v.(map[string]any))
	}
	have, ok := m.value(r, x)
	for op, arg := range v.(map[string]any) {
		if !m.compares(x, have, ok, op, arg) {
			return false
		}
	}
	return true
}

// behind is the record that a reference leads to, archived or not.
func (m *memory) behind(r *record, x *form.Field) *record {
	v, ok := m.value(r, x)
	if !ok {
		return nil
	}
	n, _ := kind.ParseID("x", "x_"+v)
	return m.find(x.Target.Key, n)
}

// childrenOf are the records that refer to r or that it is linked to, archived
// ones too.
func (m *memory) childrenOf(r *record, x *form.Field) []*record {
	var out []*record
	for _, c := range m.records[x.Target.Key] {
		if r != nil && x.IsLinks() && slices.Contains(r.near, c.id) || r != nil && x.IsChildren() && x.Via.IsLinks() && slices.Contains(c.near, r.id) {
			out = append(out, c)
		} else if r != nil && x.IsChildren() && c.values[x.Via.Key] == number(r.id) {
			out = append(out, c)
		}
	}
	return out
}

func (m *memory) children(r *record, x *form.Field, v map[string]any) bool {
	all := m.childrenOf(r, x)
	live := slices.DeleteFunc(slices.Clone(all), func(c *record) bool { return c.archived })
	for which, inner := range v {
		if which == "isNull" {
			if (len(all) == 0) != inner.(bool) {
				return false
			}
			continue
		}
		if strings.HasPrefix(which, "has") {
			if !amongLinks(which, all, inner) {
				return false
			}
			continue
		}
		n := 0
		for _, c := range live {
			if m.holds(x.Target, c, inner.(map[string]any)) {
				n++
			}
		}
		if which == "some" && n == 0 || which == "none" && n > 0 || which == "every" && n < len(live) {
			return false
		}
	}
	return true
}

func amongLinks(op string, have []*record, arg any) bool {
	if list, ok := arg.([]any); ok {
		return among(op, ids(have), texts(list))
	}
	return among(op, ids(have), []string{arg.(string)})
}

func texts(list []any) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = v.(string)
	}
	return out
}

func (m *memory) compares(x *form.Field, have string, ok bool, op string, arg any) bool {
	if op == "isNull" {
		return ok != arg.(bool)
	}
	if !ok {
		return op == "ne" || op == "notIn"
	}
	if strings.HasPrefix(op, "has") {
		list, ok := arg.([]any)
		if !ok {
			list = []any{arg}
		}
		wanted := texts(list)
		for i := range wanted {
			wanted[i] = strings.ToLower(wanted[i]) // the typed face has names of enums
		}
		return among(op, strings.Split(strings.Trim(have, "{}"), ","), wanted)
	}
	to := func(a any) int { return compare(x, have, plain(x, a)) }
	oneOf := func() bool { return slices.ContainsFunc(arg.([]any), func(a any) bool { return to(a) == 0 }) }
	switch op {
	case "eq":
		return to(arg) == 0
	case "ne":
		return to(arg) != 0
	case "in":
		return oneOf()
	case "notIn":
		return !oneOf()
	case "lt":
		return to(arg) < 0
	case "lte":
		return to(arg) <= 0
	case "gt":
		return to(arg) > 0
	case "gte":
		return to(arg) >= 0
	case "between":
		two := arg.([]any)
		return to(two[0]) >= 0 && to(two[1]) <= 0
	case "contains":
		return strings.Contains(strings.ToLower(have), strings.ToLower(arg.(string)))
	case "startsWith":
		return strings.HasPrefix(strings.ToLower(have), strings.ToLower(arg.(string)))
	case "endsWith":
		return strings.HasSuffix(strings.ToLower(have), strings.ToLower(arg.(string)))
	case "during":
		return m.during(x, have, arg.(string))
	}
	panic("no operator " + op)
}

// during compares days in the organisation's zone.
func (m *memory) during(x *form.Field, have, period string) bool {
	zone := x.Form.Catalog.Zone
	at, err := time.ParseInLocation(time.DateOnly, have, zone)
	if x.Value.Name() == "DATETIME" {
		at, err = time.Parse(time.RFC3339Nano, have)
	}
	if err != nil {
		panic(err)
	}
	y, mo, d := m.now.In(zone).Date()
	from, to, _ := kind.Period(period, time.Date(y, mo, d, 0, 0, 0, 0, zone))
	return (from == nil || !at.Before(*from)) && (to == nil || at.Before(*to))
}

// plain is an argument in the text of the column.
func plain(x *form.Field, arg any) string {
	switch a := arg.(type) {
	case bool:
		return map[bool]string{true: "true", false: "false"}[a]
	case json.Number:
		return a.String()
	case string:
		switch {
		case x.Value.Name() == "CHOICE":
			return strings.ToLower(a)
		case x.IsID():
			return strings.TrimPrefix(a, x.Form.Key+"_")
		}
		return a
	}
	panic("no plain value")
}

// compare orders two values of a field.
func compare(x *form.Field, a, b string) int {
	switch x.Value.Name() {
	case "INTEGER", "DECIMAL", "REFERENCE", "MEMBER":
		da, _, err1 := apd.NewFromString(a)
		db, _, err2 := apd.NewFromString(b)
		if err1 != nil || err2 != nil {
			panic(a + " or " + b + " is not a number")
		}
		return da.Cmp(db)
	case "CHOICE":
		place := func(v string) int {
			return slices.IndexFunc(x.Options, func(o *form.Option) bool { return o.Key == v })
		}
		return cmp.Compare(place(a), place(b))
	case "DURATION":
		return cmp.Compare(micros(a), micros(b))
	case "DATETIME":
		ta, err1 := time.Parse(time.RFC3339Nano, a)
		tb, err2 := time.Parse(time.RFC3339Nano, b)
		if err1 != nil || err2 != nil {
			panic(a + " or " + b + " is not a moment")
		}
		return ta.Compare(tb)
	}
	return strings.Compare(a, b) // days, booleans, and texts of a to z
}

// before orders two records: negative when a comes first.
func (m *memory) before(l query.List, a, b *record) int {
	desc := false
	for _, o := range l.Order {
		desc = o.Desc
		if o.Rank { // the best first
			if c := cmp.Compare(m.rank(l.Search, b), m.rank(l.Search, a)); c != 0 {
				return c
			}
			continue
		}
		ra, rb := a, b
		for _, ref := range o.Path {
			ra, rb = m.behind(ra, ref), m.behind(rb, ref)
		}
		va, okA := m.value(ra, o.Field)
		vb, okB := m.value(rb, o.Field)
		c := 0
		switch {
		case okA && okB:
			if c = compare(o.Field, va, vb); o.Desc {
				c = -c
			}
		case okA != okB:
			if c = 1; okA != o.NullsFirst { // a has a value and empty is last, or a is empty and first
				c = -1
			}
		}
		if c != 0 {
			return c
		}
	}
	c := cmp.Compare(a.id, b.id)
	if desc {
		c = -c
	}
	return c
}

// list is what a list of records holds, in its order; filter is the list's as a
// client sends it.
func (m *memory) list(from []*record, filter map[string]any, l query.List) []*record {
	var out []*record
	for _, r := range from {
		if (!r.archived || m.mentionsArchived(filter)) && m.holds(r.form, r, filter) && m.found(l.Search, r) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *record) int { return m.before(l, a, b) })
	return out
}

// mentionsArchived says whether a filter speaks of archivedAt of the records
// themselves.
func (m *memory) mentionsArchived(filter map[string]any) bool {
	for name, v := range filter {
		switch name {
		case "and", "or":
			if slices.ContainsFunc(v.([]any), func(p any) bool { return m.mentionsArchived(p.(map[string]any)) }) {
				return true
			}
		case "not":
			if m.mentionsArchived(v.(map[string]any)) {
				return true
			}
		case "archivedAt", "archived_at":
			if len(v.(map[string]any)) > 0 {
				return true
			}
		}
	}
	return false
}
