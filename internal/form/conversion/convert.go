// Package conversion makes a field one of another kind, together with the values
// that records hold.
//
// Prepare checks everything but the values and gives a Plan, which tells what a value
// becomes and which do not convert. In does it within a change: at once for forms of
// few records, else by a job that package job works on with the same Plan, beside reads
// and writes. Either way Save writes what the definition is then.
//
//	cat, err := conversion.Convert(ctx, store, by, nil, "task", "state", conversion.Input{Kind: "CHOICE"})
//
// Which kinds become which, and how one value does, is known by package kind.
package conversion

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/form/table"
	"fieldwork/internal/org"
)

// Input is what a field is to become. Settings that both kinds have stay
// unless they are said, those that the new kind has not go.
type Input struct {
	Kind         string             `json:"kind"`
	Settings     form.SettingsInput `json:"settings"`
	Options      []form.NewOption   `json:"options,omitempty"` // of Settings, which keeps them out of its JSON
	Default      any                `json:"default,omitempty"` // nil: the one it has
	ClearDefault bool               `json:"clearDefault,omitempty"`
	Labels       bool               `json:"labels,omitempty"` // choices become texts as people read them, not keys
	Clear        bool               `json:"clear,omitempty"`  // values that do not convert are emptied; else they are a CONFLICT
	Back         *change.FieldState `json:"back,omitempty"`   // what the field was, of Undo: it is all of that again with the kind
}

const convertField = `
	UPDATE fieldwork.field
	   SET kind = $3, required = $4, filled = $5, is_unique = $6, indexed = $7, default_value = $8, settings = $9
	 WHERE org_id = $1 AND id = $2`

// Convert makes a field one of another kind, with its values: in place, so
// that the column keeps its number, and within the request for forms of at most
// 20,000 records; for larger ones it starts a job and the field stays as it is
// until that is done. Faults: NOT_FOUND, INVALID with the path of what makes no
// sense, CONFLICT on another version, and with a report in its details when
// values do not convert.
func Convert(ctx context.Context, s *change.Store, by org.Actor, expected *int64, formKey, key string, c Input) (*form.Catalog, error) {
	return s.Change(ctx, by, expected, func(ctx context.Context, e *change.Edit) error {
		return In(ctx, e, formKey, key, c)
	})
}

// In is Convert as part of a change.
func In(ctx context.Context, e *change.Edit, formKey, key string, c Input) error {
	v, err := Prepare(ctx, e, formKey, key, c)
	if err != nil {
		return err
	}
	if err := e.Idle(ctx, v.Old.Form, key); err != nil {
		return err
	}
	if v.Heavy() {
		n, err := e.Size(ctx, v.Old.Form)
		if err != nil {
			return err
		}
		if n > e.AtOnce {
			if v.New.Stored() { // the job will need a column
				if err := e.Room(ctx, v.Old.Form); err != nil {
					return err
				}
			}
			return e.Start(ctx, v.Old, form.JobConvert, n, v.forJob())
		}
	}
	return convertNow(ctx, e, v)
}

// forJob is the conversion as a job keeps it: with the options that were found.
func (v *Plan) forJob() Input {
	c := v.Input
	c.Options = v.options
	return c
}

// Plan is an Input that has been checked.
type Plan struct {
	Input
	Old, New *form.Field
	options  []form.NewOption  // nil: those that are there
	texts    map[string]string // TEXT to a choice: what people wrote, to the key of its option
	zone     *time.Location
}

// Prepare checks everything but the values.
func Prepare(ctx context.Context, e *change.Edit, formKey, key string, c Input) (*Plan, error) {
	f, old, err := e.Field(formKey, key)
	if err != nil {
		return nil, err
	}
	to := kind.ByName(c.Kind)
	if to == nil {
		return nil, fault.New(fault.Invalid, "%q is not a kind of field", fault.Clip(c.Kind)).At("kind")
	}
	if _, ok := kind.Conversion(old.Kind, to); !ok {
		return nil, fault.New(fault.Invalid, "a %s cannot become a %s; it can become %s", old.Kind.Name(), to.Name(), becomes(old)).At("kind")
	}
	if old.Purpose != "" {
		return nil, fault.New(fault.Invalid, "the product uses %q for %s and needs its kind", key, old.Purpose).At("key")
	}
	if c.Options != nil {
		c.Settings.Options = c.Options
	}
	v := &Plan{Input: c, Old: old, zone: e.Cat.Zone, options: c.Settings.Options}
	x := *old
	x.Kind, x.Value, x.Broken = to, to, ""
	x.ShownWhen, x.RequiredWhen, x.ReadOnlyWhen, x.DefaultExpr, x.Pick = nil, nil, nil, nil, nil
	x.Settings = keptSettings(old.Kind, &x, old.Settings)
	if c.Back != nil {
		x.Unique, x.Indexed = c.Back.Unique, c.Back.Indexed
	}
	v.New = &x
	if x.IsChoice() && !old.IsChoice() && v.options == nil {
		if v.options, err = collectOptions(ctx, e, v); err != nil {
			return nil, err
		}
		v.Settings.Options = v.options
	} else if x.IsChoice() && !old.IsChoice() {
		v.texts = textsOf(v.options)
	}
	var bad fault.List
	for name, given := range fault.InOrder(map[string]bool{"to": c.Settings.To != nil, "inverse": c.Settings.Inverse != nil}) {
		if given {
			_ = bad.Add(fault.New(fault.Invalid, "the setting %q cannot be changed once the field is made", name), "settings", name)
		}
	}
	e.CheckSettings(&x, v.Settings, &bad)
	if len(bad) > 0 {
		return nil, bad
	}
	dropIndexes(&x)
	change.CheckIndexes(&x, &bad)
	if len(bad) == 0 {
		_ = bad.Add(e.Cat.CompileField(&x), "settings")
	}
	if len(bad) == 0 {
		_ = bad.Add(v.setDefault())
	}
	if f.Title == old && !x.CanBeTitle() {
		_ = bad.Add(fault.New(fault.Invalid, "%q is the title of the form's records, which a %s cannot be: choose another title first", key, to.Name()), "kind")
	}
	if len(bad) > 0 {
		return nil, bad
	}
	return v, v.checkNames()
}

// becomes lists the kinds that the field can become.
func becomes(f *form.Field) string {
	var out []string
	for _, k := range kind.All() {
		if _, ok := kind.Conversion(f.Kind, k); ok {
			out = append(out, k.Name())
		}
	}
	if len(out) == 0 {
		return "nothing else"
	}
	return strings.Join(out, ", ")
}

// keptSettings are those of the old kind that still make sense: common ones, and
// those that the new kind has too.
func keptSettings(from kind.Kind, x *form.Field, s kind.Settings) kind.Settings {
	all := map[string]json.RawMessage{}
	b, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	for name := range all {
		switch {
		case slices.Contains(x.Kind.Settings(), name) && !(name == "pattern" && from.Name() == "AUTO_NUMBER"):
		case name == "to" && (x.Kind.Name() == "MEMBER" || x.Kind.Name() == "MEMBERS"):
		case name == "ignoreCase" && x.Kind.Column() != "text", name == "dependsOn" && !kind.IsChoice(x.Kind), !form.CommonSettings[name]:
			delete(all, name)
		}
	}
	var out kind.Settings
	if err == nil {
		b, err = json.Marshal(all)
	}
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		panic(err) // settings always encode
	}
	if kind.IsChoice(x.Kind) {
		out.Options = slices.Clone(s.Options)
	}
	return out
}

// dropIndexes gives up what the kind's column cannot carry.
func dropIndexes(f *form.Field) {
	var bad fault.List
	if change.CheckIndexes(f, &bad); len(bad) == 0 {
		return
	}
	for _, b := range bad {
		switch b.Path[0] {
		case "unique":
			f.Unique = false
		case "indexed":
			f.Indexed = false
		}
	}
}

// setDefault takes over the default: the one given, else the old one if it is a
// value of the new kind.
func (v *Plan) setDefault() error {
	x := v.New
	raw, err := v.Old.DefaultJSON()
	if err != nil {
		return err
	}
	if x.Default = nil; v.Default != nil {
		raw = v.Default
	} else if v.ClearDefault || raw == nil {
		return nil
	}
	if text, ok := raw.(string); ok && v.texts[text] != "" {
		raw = v.texts[text]
	}
	if err := change.SetDefault(x, raw); err != nil {
		return fault.New(fault.Invalid, "the default is no value of the new kind (%s): give another, or null", err).At("default")
	}
	return nil
}

// checkNames refuses a conversion after which a setting that names the field
// would make no sense. Expressions are compiled anew after the change.
func (v *Plan) checkNames() error {
	for _, r := range table.IndexRules(v.Old) {
		if !v.New.CanBeUnique() {
			return fault.New(fault.Conflict, "the rule %s needs a kind whose values can be compared: change that first", r.Key).At("kind")
		}
	}
	for _, other := range v.Old.Form.Catalog.Forms {
		for _, x := range other.Fields {
			for _, setting := range change.Names(x, v.Old) {
				if setting == "dependsOn" && v.New.Kind.Name() == "CHOICE" || setting == "orderBy" && v.New.Kind.Name() == "INTEGER" {
					continue
				}
				return fault.New(fault.Conflict, "the setting %s of %s.%s needs the kind it has: change that first", setting, other.Key, x.Key).At("kind")
			}
			if x.Via == v.Old && x.Settings.Rows && v.New.IsLinks() {
				return fault.New(fault.Conflict, "rows of %s.%s belong to one record: change that first", other.Key, x.Key).At("kind")
			}
		}
	}
	return nil
}

// Heavy says whether all values must be looked at.
func (v *Plan) Heavy() bool {
	c, _ := kind.Conversion(v.Old.Kind, v.New.Kind)
	s := v.New.Settings
	free := s.MinLength == nil && s.MaxLength == nil && s.Pattern == "" && s.Min == "" && s.Max == "" && s.Scale == nil
	same := v.Old.Kind.Column() == v.New.Kind.Column() && v.Old.Stored()
	return !(c.Exact && same && free) || v.Labels || v.Old.Unique != v.New.Unique || v.Old.WantsIndex() != v.New.WantsIndex()
}

// source is a query of the values of f with the number of their record: of at
// most $2 records after number $1.
func source(f *form.Field) string {
	if f.HasLinkTable() {
		return fmt.Sprintf(`SELECT record AS id, array_agg(target ORDER BY position)::text AS value FROM %s WHERE record > $1 GROUP BY record ORDER BY record LIMIT $2`, f.LinkTable())
	}
	return fmt.Sprintf(`SELECT id, %s::text AS value FROM %s WHERE id > $1 AND %[1]s IS NOT NULL ORDER BY id LIMIT $2`, f.Column(), f.Form.Table())
}
