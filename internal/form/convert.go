package form

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"

	"github.com/lib/pq"
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
}

// maxAtOnce is how many records a form may have for changes that read or index
// all of them to be done within the request; more are left to a job.
const maxAtOnce = 20_000

// maxExamples is how many records a report names.
const maxExamples = 20

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
		return nil, fault.New(fault.Invalid, "%q is not a kind of field", clip(c.Kind)).At("kind")
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
		e.checkExpressions(&x, &bad)
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
		case name == "ignoreCase" && x.Kind.Column() != "text", name == "dependsOn" && !kindIsChoice(x.Kind), !commonSettings[name]:
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
	if kindIsChoice(x.Kind) {
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
	for _, r := range v.old.uniqueRules() {
		if !v.new.canBeUnique() {
			return fault.New(fault.Conflict, "the rule %s needs a kind that can be unique: change that first", r.Key).At("kind")
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

// convertAll hands every value with what it becomes, nil for nothing, to keep,
// in batches and in the order of the records.
func (v *conversion) convertAll(ctx context.Context, db selector, report *Failures, keep func(ids []int64, old []string, new []any) error) error {
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

type selector interface {
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
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
			report.add(v.old.Form, r.ID, clip(kind.PrintText(v.old.Kind, r.Value)), err.Error())
		case got == nil && v.old.Required:
			report.add(v.old.Form, r.ID, clip(kind.PrintText(v.old.Kind, r.Value)), "would be empty, and the field is required")
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

// convertNow converts all values within the transaction of the change. Writers
// wait until it ends, readers only for its last part.
func (e *edit) convertNow(ctx context.Context, v *conversion) error {
	f, old, x := v.old.Form, v.old, v.new
	tables := f.Table()
	if old.HasLinkTable() {
		tables += ", " + old.LinkTable()
	}
	if err := e.ddl(ctx, `LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE`, tables); err != nil {
		return err
	}
	temp := fmt.Sprintf("pg_temp.convert_%d_%d", x.ID, len(e.log)) // several in one transaction
	if err := e.ddl(ctx, `CREATE TEMP TABLE %s (id bigint PRIMARY KEY, value text) ON COMMIT DROP`, strings.TrimPrefix(temp, "pg_temp.")); err != nil {
		return err
	}
	sameColumn := old.Stored() && old.Kind.Column() == x.Kind.Column()
	var report Failures
	changed := 0
	err := v.convertAll(ctx, e.tx, &report, func(ids []int64, before []string, after []any) error {
		var keep pq.Int64Array
		var values []any
		for i, id := range ids {
			if !sameColumn && after[i] != nil || sameColumn && after[i] != before[i] {
				keep, values = append(keep, id), append(values, after[i])
			}
		}
		changed += len(keep)
		if len(keep) == 0 {
			return nil
		}
		_, err := e.tx.ExecContext(ctx, `INSERT INTO `+temp+` SELECT * FROM unnest($1::bigint[], $2::text[])`, keep, pq.Array(values))
		return err
	})
	if err != nil {
		return err
	}
	if err := v.refused(report); err != nil {
		return err
	}
	if err := e.ddl(ctx, `ANALYZE %s`, temp); err != nil {
		return err
	}
	x.Filled = old.Filled && old.Stored() && x.Stored()
	if err := e.dropIndexesOf(ctx, old); err != nil {
		return err
	}
	switch {
	case sameColumn && changed > 0:
		err = e.ddl(ctx, `UPDATE %s r SET %s = t.value::%s FROM %s t WHERE t.id = r.id`, f.Table(), x.Column(), x.Kind.Column(), temp)
	case sameColumn:
	case old.Stored() && x.Stored():
		err = e.alterColumn(ctx, x, temp)
	case x.Stored():
		err = e.linksToColumn(ctx, old, x, temp)
	default:
		err = e.columnToLinks(ctx, old, x, temp)
	}
	if err != nil {
		return err
	}
	if err := e.ddl(ctx, `DROP TABLE %s`, temp); err != nil {
		return err
	}
	if x.Stored() {
		if err := e.makeIndexes(ctx, x); err != nil {
			return err
		}
	}
	return e.saveConversion(ctx, v)
}

// alterColumn changes the type of the column in place. USING takes no subquery
// but a function, which is gone with the transaction's temporary table.
func (e *edit) alterColumn(ctx context.Context, x *Field, temp string) error {
	typ := x.Kind.Column()
	if err := e.ddl(ctx, `CREATE FUNCTION %s(bigint) RETURNS %s LANGUAGE sql STABLE AS $$ SELECT value::%[2]s FROM %[1]s WHERE id = $1 $$`, temp, typ); err != nil {
		return err
	}
	if err := e.ddl(ctx, `ALTER TABLE %s ALTER COLUMN %s TYPE %s USING %s(id)`, x.Form.Table(), x.Column(), typ, temp); err != nil {
		return err
	}
	return e.ddl(ctx, `DROP FUNCTION %s(bigint)`, temp)
}

// columnToLinks moves a reference into a table of links.
func (e *edit) columnToLinks(ctx context.Context, old, x *Field, temp string) error {
	if err := e.ddl(ctx, `ALTER TABLE %s DROP COLUMN %s`, old.Form.Table(), old.Column()); err != nil {
		return err
	}
	if err := e.addLinkTable(ctx, x); err != nil {
		return err
	}
	return e.ddl(ctx, `INSERT INTO %s (record, target, position) SELECT id, (value::bigint[])[1], 1 FROM %s`, x.LinkTable(), temp)
}

// linksToColumn moves links, at most one of each record, into a column.
func (e *edit) linksToColumn(ctx context.Context, old, x *Field, temp string) error {
	if err := e.ddl(ctx, `DROP TABLE %s`, old.LinkTable()); err != nil {
		return err
	}
	if err := e.room(ctx, x.Form); err != nil {
		return err
	}
	if err := e.ddl(ctx, `ALTER TABLE %s ADD COLUMN %s %s`, x.Form.Table(), x.Column(), x.Kind.Column()); err != nil {
		return err
	}
	if err := e.ddl(ctx, `UPDATE %s r SET %s = t.value::bigint FROM %s t WHERE t.id = r.id`, x.Form.Table(), x.Column(), temp); err != nil {
		return err
	}
	return e.addForeignKey(ctx, x, "")
}

// addForeignKey makes the constraint of a reference; suffix is empty, or the
// NOT VALID of one that is validated later.
func (e *edit) addForeignKey(ctx context.Context, x *Field, suffix string) error {
	return e.ddl(ctx, `ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (id) ON DELETE %s%s`,
		x.Form.Table(), quote(x.ForeignKey()), x.Column(), x.Target.Table(), onDelete(x), suffix)
}

func onDelete(x *Field) string {
	return map[string]string{"RESTRICT": "RESTRICT", "CLEAR": "SET NULL", "CASCADE": "CASCADE"}[x.Settings.OnDelete]
}

// dropIndexesOf drops the indexes of a column that is to be converted, its
// field's own and those of rules: another type may not have them, and values
// that change one by one may meet each other on the way.
func (e *edit) dropIndexesOf(ctx context.Context, x *Field) error {
	schema := quote(e.cat.Schema)
	if x.Unique {
		if err := e.ddl(ctx, `DROP INDEX %s.%s`, schema, quote(x.UniqueIndex())); err != nil {
			return err
		}
	}
	if x.wantsIndex() {
		if err := e.ddl(ctx, `DROP INDEX %s.%s`, schema, quote(x.Index())); err != nil {
			return err
		}
	}
	for _, r := range x.uniqueRules() {
		if err := e.dropRuleIndex(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// makeIndexes makes all indexes of a stored field anew.
func (e *edit) makeIndexes(ctx context.Context, x *Field) error {
	if err := e.setIndexes(ctx, x.Form, x, nil); err != nil {
		return err
	}
	for _, r := range x.uniqueRules() {
		if err := e.addRuleIndex(ctx, r.with(x)); err != nil {
			return err
		}
	}
	return nil
}

// uniqueRules are the UNIQUE rules that the field is part of.
func (f *Field) uniqueRules() []*Rule {
	var out []*Rule
	for _, r := range f.Form.Rules {
		if r.Kind == UniqueRule && slices.Contains(r.FieldKeys, f.Key) {
			out = append(out, r)
		}
	}
	return out
}

// with is the rule over x in the place of the field of its key.
func (r *Rule) with(x *Field) *Rule {
	out := *r
	out.Fields = slices.Clone(r.Fields)
	for i, y := range out.Fields {
		if y.Key == x.Key {
			out.Fields[i] = x
		}
	}
	return &out
}

// saveConversion writes the new definition.
func (e *edit) saveConversion(ctx context.Context, v *conversion) error {
	x, old := v.new, v.old
	settings, err := json.Marshal(x.Settings)
	if err != nil {
		return err
	}
	var def any
	if x.Default != nil {
		def = []byte(x.Default)
	}
	if _, err := e.tx.ExecContext(ctx, convertField, e.cat.OrgID, x.ID, x.Kind.Name(), x.Required, x.Filled, x.Unique, x.Indexed, def, settings); err != nil {
		return fmt.Errorf("convert field: %w", err)
	}
	if old.Kind.Name() == "AUTO_NUMBER" {
		if _, err := e.tx.ExecContext(ctx, `DELETE FROM `+e.cat.NumberTable()+` WHERE field = $1`, x.ID); err != nil {
			return fmt.Errorf("forget numbers: %w", err)
		}
	}
	switch {
	case !kindIsChoice(x.Kind) && len(old.Options) > 0:
		if _, err := e.tx.ExecContext(ctx, `DELETE FROM fieldwork.option WHERE org_id = $1 AND field_id = $2`, e.cat.OrgID, x.ID); err != nil {
			return fmt.Errorf("drop options: %w", err)
		}
	case v.options != nil:
		if err := e.setOptions(ctx, old, v.options); err != nil {
			return err
		}
	}
	if err := e.reload(ctx); err != nil {
		return err
	}
	now := e.cat.Form(x.Form.Key).any(x.Key)
	if now.Broken != "" {
		return fault.New(fault.Conflict, "the field could not be used then: %s", now.Broken).At("kind")
	}
	e.note("convertField", x.Form.Key, x.Key, old.describe(), now.describe())
	return nil
}

// isDuplicate says whether an error is that of a unique index.
func isDuplicate(err error) bool { return pg.Code(err) == "23505" }
