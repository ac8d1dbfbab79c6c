package form

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
)

// Conversion is what a field is to become. Settings that both kinds have stay
// unless they are said, those that the new kind has not go.
type Conversion struct {
	Kind         string        `json:"kind"`
	Settings     SettingsInput `json:"settings"`
	Options      []NewOption   `json:"options,omitempty"` // of Settings, which keeps them out of its JSON
	Default      any           `json:"default,omitempty"` // nil: the one it has
	ClearDefault bool          `json:"clearDefault,omitempty"`
	Labels       bool          `json:"labels,omitempty"` // choices become texts as people read them, not keys
	Clear        bool          `json:"clear,omitempty"`  // values that do not convert are emptied; else they are a CONFLICT
	Back         *fieldState   `json:"back,omitempty"`   // what the field was, of Undo: it is all of that again with the kind
}

// maxAtOnce is how many records a form may have for changes that read or index
// all of them to be done within the request; more are left to a job.
const maxAtOnce = 20_000

const convertField = `
	UPDATE fieldwork.field
	   SET kind = $3, required = $4, filled = $5, is_unique = $6, indexed = $7, default_value = $8, settings = $9
	 WHERE org_id = $1 AND id = $2`

// ConvertField makes a field one of another kind, with its values: in place, so
// that the column keeps its number, and within the request for forms of at most
// 20,000 records; for larger ones it starts a job and the field stays as it is
// until that is done. Faults: NOT_FOUND, INVALID with the path of what makes no
// sense, CONFLICT on another version, and with a report in its details when
// values do not convert.
func (s *Store) ConvertField(ctx context.Context, by org.Actor, expected *int64, formKey, key string, c Conversion) (*Catalog, error) {
	return s.change(ctx, by, expected, func(ctx context.Context, e *edit) error {
		return e.convertField(ctx, formKey, key, c)
	})
}

func (e *edit) convertField(ctx context.Context, formKey, key string, c Conversion) error {
	v, err := e.prepareConversion(ctx, formKey, key, c)
	if err != nil {
		return err
	}
	if err := e.idle(ctx, v.old.Form, key); err != nil {
		return err
	}
	if v.heavy() {
		n, err := e.size(ctx, v.old.Form)
		if err != nil {
			return err
		}
		if n > e.atOnce {
			if v.new.Stored() { // the job will need a column
				if err := e.room(ctx, v.old.Form); err != nil {
					return err
				}
			}
			return e.start(ctx, v.old, jobConvert, n, v.forJob())
		}
	}
	return e.convertNow(ctx, v)
}

// forJob is the conversion as a job keeps it: with the options that were found.
func (v *conversion) forJob() Conversion {
	c := v.Conversion
	c.Options = v.options
	return c
}

// conversion is a Conversion that has been checked.
type conversion struct {
	Conversion
	old, new *Field
	options  []NewOption       // nil: those that are there
	texts    map[string]string // TEXT to a choice: what people wrote, to the key of its option
	zone     *time.Location
}

// prepareConversion checks everything but the values.
func (e *edit) prepareConversion(ctx context.Context, formKey, key string, c Conversion) (*conversion, error) {
	f, old, err := e.field(formKey, key)
	if err != nil {
		return nil, err
	}
	to := kind.ByName(c.Kind)
	if to == nil {
		return nil, fault.New(fault.Invalid, "%q is not a kind of field", fault.Clip(c.Kind)).At("kind")
	}
	if _, ok := kind.Conversion(old.Kind, to); !ok {
		return nil, fault.New(fault.Invalid, "a %s cannot become a %s; it can become %s", old.Kind.Name(), to.Name(), old.becomes()).At("kind")
	}
	if old.Purpose != "" {
		return nil, fault.New(fault.Invalid, "the product uses %q for %s and needs its kind", key, old.Purpose).At("key")
	}
	if c.Options != nil {
		c.Settings.Options = c.Options
	}
	v := &conversion{Conversion: c, old: old, zone: e.cat.Zone, options: c.Settings.Options}
	x := *old
	x.Kind, x.Value, x.Broken = to, to, ""
	x.ShownWhen, x.RequiredWhen, x.ReadOnlyWhen, x.DefaultExpr, x.Pick = nil, nil, nil, nil, nil
	x.Settings = keptSettings(old.Kind, &x, old.Settings)
	if c.Back != nil {
		x.Unique, x.Indexed = c.Back.Unique, c.Back.Indexed
	}
	v.new = &x
	if x.IsChoice() && !old.IsChoice() && v.options == nil {
		if v.options, err = e.collectOptions(ctx, v); err != nil {
			return nil, err
		}
		v.Settings.Options = v.options
	} else if x.IsChoice() && !old.IsChoice() {
		v.texts = textsOf(v.options)
	}
	var bad fault.List
	for name, given := range map[string]bool{"to": c.Settings.To != nil, "inverse": c.Settings.Inverse != nil} {
		if given {
			_ = bad.Add(fault.New(fault.Invalid, "the setting %q cannot be changed once the field is made", name), "settings", name)
		}
	}
	e.checkSettings(&x, v.Settings, &bad)
	if len(bad) > 0 {
		return nil, bad
	}
	x.dropIndexes()
	x.checkIndexes(&bad)
	if len(bad) == 0 {
		_ = bad.Add(e.cat.CompileField(&x), "settings")
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
func (f *Field) becomes() string {
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
func keptSettings(from kind.Kind, x *Field, s kind.Settings) kind.Settings {
	all := map[string]json.RawMessage{}
	b, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	for name := range all {
		switch {
		case slices.Contains(x.Kind.Settings(), name) && !(name == "pattern" && from.Name() == "AUTO_NUMBER"):
		case name == "to" && (x.Kind.Name() == "MEMBER" || x.Kind.Name() == "MEMBERS"):
		case name == "ignoreCase" && x.Kind.Column() != "text", name == "dependsOn" && !kind.IsChoice(x.Kind), !commonSettings[name]:
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
func (f *Field) dropIndexes() {
	var bad fault.List
	if f.checkIndexes(&bad); len(bad) == 0 {
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
func (v *conversion) setDefault() error {
	x := v.new
	raw, err := v.old.DefaultJSON()
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
	if err := x.setDefault(raw); err != nil {
		return fault.New(fault.Invalid, "the default is no value of the new kind (%s): give another, or null", err).At("default")
	}
	return nil
}

// checkNames refuses a conversion after which a setting that names the field
// would make no sense. Expressions are compiled anew after the change.
func (v *conversion) checkNames() error {
	for _, r := range v.old.indexRules() {
		if !v.new.canBeUnique() {
			return fault.New(fault.Conflict, "the rule %s needs a kind whose values can be compared: change that first", r.Key).At("kind")
		}
	}
	for _, other := range v.old.Form.Catalog.Forms {
		for _, x := range other.Fields {
			for _, setting := range x.names(v.old) {
				if setting == "dependsOn" && v.new.Kind.Name() == "CHOICE" || setting == "orderBy" && v.new.Kind.Name() == "INTEGER" {
					continue
				}
				return fault.New(fault.Conflict, "the setting %s of %s.%s needs the kind it has: change that first", setting, other.Key, x.Key).At("kind")
			}
			if x.Via == v.old && x.Settings.Rows && v.new.IsLinks() {
				return fault.New(fault.Conflict, "rows of %s.%s belong to one record: change that first", other.Key, x.Key).At("kind")
			}
		}
	}
	return nil
}

// heavy says whether all values must be looked at.
func (v *conversion) heavy() bool {
	c, _ := kind.Conversion(v.old.Kind, v.new.Kind)
	s := v.new.Settings
	free := s.MinLength == nil && s.MaxLength == nil && s.Pattern == "" && s.Min == "" && s.Max == "" && s.Scale == nil
	same := v.old.Kind.Column() == v.new.Kind.Column() && v.old.Stored()
	return !(c.Exact && same && free) || v.Labels || v.old.Unique != v.new.Unique || v.old.wantsIndex() != v.new.wantsIndex()
}

// size is how many records a form has, archived ones too, as far as it matters:
// it does not count beyond what is done at once.
func (e *edit) size(ctx context.Context, f *Form) (n int64, err error) {
	err = e.tx.GetContext(ctx, &n, fmt.Sprintf(`SELECT count(*) FROM (SELECT FROM %s LIMIT %d) t`, f.Table(), e.atOnce+1))
	if err == nil && n > e.atOnce { // only then is it worth counting them all
		err = e.tx.GetContext(ctx, &n, `SELECT count(*) FROM `+f.Table())
	}
	return n, err
}

// source is a query of the values of f with the number of their record: of at
// most $2 records after number $1.
func (f *Field) source() string {
	if f.HasLinkTable() {
		return fmt.Sprintf(`SELECT record AS id, array_agg(target ORDER BY position)::text AS value FROM %s WHERE record > $1 GROUP BY record ORDER BY record LIMIT $2`, f.LinkTable())
	}
	return fmt.Sprintf(`SELECT id, %s::text AS value FROM %s WHERE id > $1 AND %[1]s IS NOT NULL ORDER BY id LIMIT $2`, f.Column(), f.Form.Table())
}
