package form

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
)

// maxExamples is how many records a report names.
const maxExamples = 20

type storedValue struct {
	ID    int64  `db:"id"`
	Value string `db:"value"`
}

// Failure is a record that stands in the way of a change.
type Failure struct {
	Record string `json:"record"` // its id
	Value  string `json:"value"`  // as text, "" for none
	Reason string `json:"reason"`
}

// Failures count what stands in the way of a change and name the first of it.
type Failures struct {
	Count    int64     `json:"count"`
	Examples []Failure `json:"examples"`
}

func (r *Failures) add(f *Form, id int64, value, reason string) {
	if r.Count++; len(r.Examples) < maxExamples {
		r.Examples = append(r.Examples, Failure{kind.ID(f.Key, id), value, reason})
	}
}

// value converts one value; a fault says why it cannot.
func (v *conversion) value(text string) (any, error) {
	if v.Labels {
		from := kind.Kind(kind.LongText{})
		if v.new.Kind == from {
			from = kind.Text{}
		}
		return kind.ConvertValue(from, v.new.Kind, v.read(text), &v.old.Settings, &v.new.Settings, v.zone)
	}
	if v.texts != nil {
		if v.new.Kind.Name() == "CHOICE" {
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
			return v.new.Kind.Parse(keys, &v.new.Settings)
		}
	}
	return kind.ConvertValue(v.old.Kind, v.new.Kind, text, &v.old.Settings, &v.new.Settings, v.zone)
}

// read is what people read of a choice.
func (v *conversion) read(column string) string {
	keys := []string{column}
	if v.old.Kind.Name() == "MULTI_CHOICE" {
		keys = kind.Elements(column)
	}
	for i, key := range keys {
		for _, o := range v.old.Options {
			if t := o.Labels.In(v.old.Form.Catalog.Language); o.Key == key && t != "" {
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
func textsOf(options []NewOption) map[string]string {
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
func (e *edit) collectOptions(ctx context.Context, v *conversion) ([]NewOption, error) {
	var texts []string
	col := v.old.Column()
	one := "btrim(" + col + ", E' \\t\\n\\r')"
	if v.new.Kind.Name() == "MULTI_CHOICE" {
		one = "btrim(regexp_split_to_table(" + col + ", '[;,、；，\\n\\r]'), E' \\t\\n\\r')"
	}
	q := fmt.Sprintf(`SELECT * FROM (SELECT DISTINCT %s AS text FROM %s WHERE %s IS NOT NULL) t WHERE text <> '' ORDER BY text COLLATE "C" LIMIT %d`, one, v.old.Form.Table(), col, MaxOptions+1)
	if err := e.tx.SelectContext(ctx, &texts, q); err != nil {
		return nil, fmt.Errorf("collect options: %w", err)
	}
	if len(texts) > MaxOptions {
		return nil, fault.New(fault.Conflict, "the field holds more than %d different texts: give the options it is to have", MaxOptions).At("settings", "options")
	}
	v.texts = map[string]string{}
	options, taken := []NewOption{}, map[string]bool{}
	for _, text := range texts {
		if utf8.RuneCountInString(text) > maxLabel {
			continue // is no label, and does not convert
		}
		key := optionKey(text)
		for n := 1; key == "" || taken[key]; n++ {
			key = fmt.Sprintf("option_%d", len(options)+n)
		}
		taken[key] = true
		v.texts[text] = key
		options = append(options, NewOption{Key: key, Labels: Label{e.cat.Language: text}})
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
	if checkOptionKey(key) != nil {
		return ""
	}
	return key
}

// convertAll hands every value with what it becomes, nil for nothing, to keep,
// in batches and in the order of the records.
func (v *conversion) convertAll(ctx context.Context, db selecter, report *Failures, keep func(ids []int64, old []string, new []any) error) error {
	const batch = 5000
	for last := int64(0); ; {
		var rows []storedValue
		if err := db.SelectContext(ctx, &rows, v.old.source(), last, batch); err != nil {
			return fmt.Errorf("read values: %w", err)
		}
		ids, old, out, err := v.batch(rows, report)
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

// batch converts values; what does not convert becomes nothing and is reported.
func (v *conversion) batch(rows []storedValue, report *Failures) (ids []int64, old []string, out []any, err error) {
	for _, r := range rows {
		got, err := v.value(r.Value)
		switch {
		case err != nil && fault.KindOf(err) != fault.Invalid:
			return nil, nil, nil, err
		case err != nil:
			got = nil
			report.add(v.old.Form, r.ID, fault.Clip(kind.PrintText(v.old.Kind, r.Value)), err.Error())
		case got == nil && v.old.Required:
			report.add(v.old.Form, r.ID, fault.Clip(kind.PrintText(v.old.Kind, r.Value)), "would be empty, and the field is required")
		}
		ids, old, out = append(ids, r.ID), append(old, r.Value), append(out, got)
	}
	return ids, old, out, nil
}

// refused is the fault of values that do not convert, nil when they may go.
func (v *conversion) refused(r Failures) error {
	if r.Count == 0 {
		return nil
	}
	refuse := func(format string, args ...any) error {
		return fault.New(fault.Conflict, format, args...).At("onFailure").With("count", r.Count).With("examples", r.Examples)
	}
	if !v.Clear {
		return refuse("%d records hold values that do not convert: %s has %q, which %s", r.Count, r.Examples[0].Record, r.Examples[0].Value, r.Examples[0].Reason)
	}
	if v.new.Required {
		return refuse("the field is required, and %d records would lose their value", r.Count)
	}
	return nil
}
