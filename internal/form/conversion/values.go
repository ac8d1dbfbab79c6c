package conversion

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/form/table"
)

// StoredValue is what one record holds, as text.
type StoredValue struct {
	ID    int64  `db:"id"`
	Value string `db:"value"`
}

// value converts one value; a fault says why it cannot.
func (v *Plan) value(text string) (any, error) {
	if v.Labels {
		from := kind.Kind(kind.LongText{})
		if v.New.Kind == from {
			from = kind.Text{}
		}
		return kind.ConvertValue(from, v.New.Kind, v.read(text), &v.Old.Settings, &v.New.Settings, v.zone)
	}
	if v.texts != nil {
		if v.New.Kind.Name() == "CHOICE" {
			if key, ok := v.texts[strings.TrimSpace(text)]; ok {
				return key, nil
			}
		} else {
			var keys []any
			for _, part := range pieces(text) {
				if key, ok := v.texts[part]; ok {
					part = key
				}
				keys = append(keys, part)
			}
			return v.New.Kind.Parse(keys, &v.New.Settings)
		}
	}
	return kind.ConvertValue(v.Old.Kind, v.New.Kind, text, &v.Old.Settings, &v.New.Settings, v.zone)
}

// read is what people read of a choice.
func (v *Plan) read(column string) string {
	keys := []string{column}
	if v.Old.Kind.Name() == "MULTI_CHOICE" {
		keys = kind.Elements(column)
	}
	for i, key := range keys {
		for _, o := range v.Old.Options {
			if t := o.Labels.In(v.Old.Form.Catalog.Language); o.Key == key && t != "" {
				keys[i] = t
			}
		}
	}
	return strings.Join(keys, "; ")
}

// pieces are the parts of a text that lists several things.
func pieces(text string) []string {
	var out []string
	for p := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(";,、；，\n\r", r) }) {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// textsOf finds options by what people read.
func textsOf(options []form.NewOption) map[string]string {
	out := map[string]string{}
	for _, o := range options {
		for _, text := range o.Labels {
			out[strings.TrimSpace(text)] = o.Key
		}
	}
	for _, o := range options { // keys come first
		out[o.Key] = o.Key
	}
	return out
}

// collectOptions makes an option of every text that is there.
func collectOptions(ctx context.Context, e *change.Edit, v *Plan) ([]form.NewOption, error) {
	var texts []string
	col := v.Old.Column()
	one := "btrim(" + col + ", E' \\t\\n\\r')"
	if v.New.Kind.Name() == "MULTI_CHOICE" {
		one = "btrim(regexp_split_to_table(" + col + ", '[;,、；，\\n\\r]'), E' \\t\\n\\r')"
	}
	q := fmt.Sprintf(`SELECT * FROM (SELECT DISTINCT %s AS text FROM %s WHERE %s IS NOT NULL) t WHERE text <> '' ORDER BY text COLLATE "C" LIMIT %d`, one, v.Old.Form.Table(), col, form.MaxOptions+1)
	if err := e.Tx.SelectContext(ctx, &texts, q); err != nil {
		return nil, fmt.Errorf("collect options: %w", err)
	}
	if len(texts) > form.MaxOptions {
		return nil, fault.New(fault.Conflict, "the field holds more than %d different texts: give the options it is to have", form.MaxOptions).At("settings", "options")
	}
	v.texts = map[string]string{}
	options, taken := []form.NewOption{}, map[string]bool{}
	for _, text := range texts {
		if utf8.RuneCountInString(text) > form.MaxLabel {
			continue // is no label, and does not convert
		}
		key := optionKey(text)
		for n := 1; key == "" || taken[key]; n++ {
			key = fmt.Sprintf("option_%d", len(options)+n)
		}
		taken[key] = true
		v.texts[text] = key
		options = append(options, form.NewOption{Key: key, Labels: form.Label{e.Cat.Language: text}})
	}
	if len(options) == 0 {
		return nil, fault.New(fault.Invalid, "no record holds a text: give the options it is to have").At("settings", "options")
	}
	return options, nil
}

// optionKey makes a key of a text, "" when none would be plain.
func optionKey(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case r > utf8.RuneSelf:
			return ""
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	key := strings.TrimRight(b.String(), "_")
	if form.CheckOptionKey(key) != nil {
		return ""
	}
	return key
}

// ConvertAll hands every value with what it becomes, nil for nothing, to keep,
// in batches and in the order of the records.
func (v *Plan) ConvertAll(ctx context.Context, db table.Selecter, report *form.Failures, keep func(ids []int64, old []string, new []any) error) error {
	const batch = 5000
	for last := int64(0); ; {
		var rows []StoredValue
		if err := db.SelectContext(ctx, &rows, source(v.Old), last, batch); err != nil {
			return fmt.Errorf("read values: %w", err)
		}
		ids, old, out, err := v.Batch(rows, report)
		if err != nil {
			return err
		}
		if keep != nil {
			if err := keep(ids, old, out); err != nil {
				return err
			}
		}
		if len(rows) < batch {
			return nil
		}
		last = rows[len(rows)-1].ID
	}
}

// Batch converts values; what does not convert becomes nothing and is reported.
func (v *Plan) Batch(rows []StoredValue, report *form.Failures) (ids []int64, old []string, out []any, err error) {
	for _, r := range rows {
		got, err := v.value(r.Value)
		switch {
		case err != nil && fault.KindOf(err) != fault.Invalid:
			return nil, nil, nil, err
		case err != nil:
			got = nil
			report.Add(v.Old.Form, r.ID, fault.Clip(kind.PrintText(v.Old.Kind, r.Value)), err.Error())
		case got == nil && v.Old.Required:
			report.Add(v.Old.Form, r.ID, fault.Clip(kind.PrintText(v.Old.Kind, r.Value)), "would be empty, and the field is required")
		}
		ids, old, out = append(ids, r.ID), append(old, r.Value), append(out, got)
	}
	return ids, old, out, nil
}

// Refused is the fault of values that do not convert, nil when they may go.
func (v *Plan) Refused(r form.Failures) error {
	if r.Count == 0 {
		return nil
	}
	refuse := func(format string, args ...any) error {
		return fault.New(fault.Conflict, format, args...).At("onFailure").With("count", r.Count).With("examples", r.Examples)
	}
	if !v.Clear {
		return refuse("%d records hold values that do not convert: %s has %q, which %s", r.Count, r.Examples[0].Record, r.Examples[0].Value, r.Examples[0].Reason)
	}
	if v.New.Required {
		return refuse("the field is required, and %d records would lose their value", r.Count)
	}
	return nil
}
