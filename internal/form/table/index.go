package table

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/pg"
)

// AddRuleIndex makes the index of a rule that has one. A fault is CONFLICT, for
// records that clash already.
func (m *Maker) AddRuleIndex(ctx context.Context, r *form.Rule) error {
	if r.Kind == form.CheckRule {
		return nil
	}
	word := map[form.RuleKind]string{form.UniqueRule: "UNIQUE "}[r.Kind]
	err := m.DDL(ctx, `CREATE %sINDEX %s %s`, word, pg.Quote(r.Index()), IndexText(r))
	switch pg.Code(err) {
	case "23505":
		return fault.New(fault.Conflict, "some records have the same values, so the rule would be broken from the start").At("fields").Because(err)
	case "54000":
		return fault.New(fault.Conflict, "some records have values that are too long together to be compared").At("fields").Because(err)
	}
	return err
}

// DropRuleIndex drops the index of a rule that has one.
func (m *Maker) DropRuleIndex(ctx context.Context, r *form.Rule) error {
	if r.Kind == form.CheckRule {
		return nil
	}
	return m.DDL(ctx, `DROP INDEX %s.%s`, pg.Quote(r.Form.Catalog.Schema), pg.Quote(r.Index()))
}

// indexed is what an index of the field goes over.
func IndexedBy(f *form.Field, unique bool) string {
	col := f.Column()
	if f.Settings.IgnoreCase {
		col = "lower(" + col + ")"
	}
	switch {
	case unique:
		return "(" + col + ")"
	case f.SQLType() == "text[]":
		return "USING gin (" + col + ")"
	}
	return "(" + f.Column() + ", id)"
}

// SetIndexes makes the indexes of x what x says, given what it was; nil: new.
func (m *Maker) SetIndexes(ctx context.Context, f *form.Form, x, old *form.Field) error {
	schema := pg.Quote(f.Catalog.Schema)
	hadUnique, hadIndex := old != nil && old.Unique, old != nil && old.WantsIndex()
	if hadUnique && (!x.Unique || x.Settings.IgnoreCase != old.Settings.IgnoreCase) {
		if err := m.DDL(ctx, `DROP INDEX %s.%s`, schema, pg.Quote(x.UniqueIndex())); err != nil {
			return err
		}
		hadUnique = false
	}
	if x.Unique && !hadUnique {
		if err := m.ddlFor(ctx, f, `CREATE UNIQUE INDEX %s ON %s %s WHERE archived_at IS NULL`, pg.Quote(x.UniqueIndex()), f.Table(), IndexedBy(x, true)); err != nil {
			if pg.Code(err) == "23505" {
				return fault.New(fault.Conflict, "some records have the same value, so the field cannot be unique").At("unique").Because(err)
			}
			return err
		}
	}
	if x.WantsIndex() && !hadIndex {
		return m.ddlFor(ctx, f, `CREATE INDEX %s ON %s %s`, pg.Quote(x.Index()), f.Table(), IndexedBy(x, false))
	}
	if !x.WantsIndex() && hadIndex {
		return m.DDL(ctx, `DROP INDEX %s.%s`, schema, pg.Quote(x.Index()))
	}
	return nil
}

// DropIndexesOf drops the indexes of a column that is to be converted, its
// field's own and those of rules: another type may not have them, and values
// that change one by one may meet each other on the way.
func (m *Maker) DropIndexesOf(ctx context.Context, x *form.Field) error {
	schema := pg.Quote(m.Cat.Schema)
	if x.Stored() {
		if err := m.dropTextIndexes(ctx, x.Form); err != nil {
			return err
		}
	}
	if x.Unique {
		if err := m.DDL(ctx, `DROP INDEX %s.%s`, schema, pg.Quote(x.UniqueIndex())); err != nil {
			return err
		}
	}
	if x.WantsIndex() {
		if err := m.DDL(ctx, `DROP INDEX %s.%s`, schema, pg.Quote(x.Index())); err != nil {
			return err
		}
	}
	for _, r := range IndexRules(x) {
		if err := m.DropRuleIndex(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// MakeIndexes makes all indexes of a stored field anew.
func (m *Maker) MakeIndexes(ctx context.Context, x *form.Field) error {
	if err := m.SetIndexes(ctx, x.Form, x, nil); err != nil {
		return err
	}
	for _, r := range IndexRules(x) {
		if err := m.AddRuleIndex(ctx, with(r, x)); err != nil {
			return err
		}
	}
	return nil
}

// IndexRules are the rules with an index that the field is part of.
func IndexRules(f *form.Field) []*form.Rule {
	var out []*form.Rule
	for _, r := range f.Form.Rules {
		if r.Kind != form.CheckRule && slices.Contains(r.FieldKeys, f.Key) {
			out = append(out, r)
		}
	}
	return out
}

// with is the rule over x in the place of the field of its key.
func with(r *form.Rule, x *form.Field) *form.Rule {
	out := *r
	out.Fields = slices.Clone(r.Fields)
	for i, y := range out.Fields {
		if y.Key == x.Key {
			out.Fields[i] = x
		}
	}
	return &out
}

// duplicateIndexOn has the newest records last, so that they are read first
// however many are the same.
func duplicateIndexOn(f *form.Field) Index {
	return Index{f.DuplicateIndex(), fmt.Sprintf(`ON %s ((%s), id) WHERE archived_at IS NULL AND %s IS NOT NULL`, f.Form.Table(), f.DuplicateKey(f.Column()), f.Column()), false}
}

// Index is an index to be built beside reads and writes.
type Index struct {
	Name string
	Text string // after CREATE [UNIQUE] INDEX CONCURRENTLY name
	Uniq bool
}

// UniqueIndexOn is a unique index of a field under a name.
func UniqueIndexOn(f *form.Field, name, over string) Index {
	return Index{name, fmt.Sprintf(`ON %s %s WHERE archived_at IS NULL`, f.Form.Table(), over), true}
}

// IndexOn is a plain index of a field under a name.
func IndexOn(f *form.Field, name, over string) Index {
	return Index{name, fmt.Sprintf(`ON %s %s`, f.Form.Table(), over), false}
}

// ExchangeIndex puts an index in the place of another.
func (m *Maker) ExchangeIndex(ctx context.Context, name, old string) error {
	schema := pg.Quote(m.Cat.Schema)
	if err := m.DDL(ctx, `DROP INDEX %s.%s`, schema, pg.Quote(old)); err != nil {
		return err
	}
	return m.DDL(ctx, `ALTER INDEX %s.%s RENAME TO %s`, schema, pg.Quote(name), pg.Quote(old))
}

// Getter reads one row.
type Getter interface {
	GetContext(ctx context.Context, dest any, query string, args ...any) error
}

// IndexState tells whether an index is there, and whether it is whole.
func IndexState(ctx context.Context, db Getter, schema, name string) (valid, there bool, err error) {
	err = db.GetContext(ctx, &valid, `
		SELECT x.indisvalid FROM pg_class i JOIN pg_index x ON x.indexrelid = i.oid
		 WHERE i.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND i.relname = $2`, schema, name)
	if pg.IsNoRows(err) {
		return false, false, nil
	}
	return valid, err == nil, err
}

// IndexText is what follows the name of the rule's index: of live records, whose
// values are then all that some lists need. That of an INDEX ends with the id, by
// which lists break ties.
func IndexText(r *form.Rule) string {
	parts := make([]string, len(r.Fields))
	for i, x := range r.Fields {
		if parts[i] = x.Column(); r.Folds(x) {
			parts[i] = "lower(" + parts[i] + ")"
		}
	}
	over := strings.Join(parts, ", ")
	if r.Kind == form.IndexRule {
		over += ", id"
	}
	return fmt.Sprintf(`ON %s (%s) WHERE archived_at IS NULL`, r.Form.Table(), over)
}

func searchIndexOn(f *form.Form) Index {
	return Index{f.SearchIndex(), fmt.Sprintf(`ON %s USING gin (%s)`, f.Table(), f.SearchTokens("")), false}
}
