package sqlgen

import (
	"fmt"
	"strings"

	"fieldwork/internal/form"
)

// What a check is about.
type What int

// The things that are checked when a record is written.
const (
	KeepsRule   What = iota // a rule of the form
	IsShown                 // a value was given: the field is shown
	IsFilled                // the field has a value where one is required
	IsOpen                  // a value was given to a new record: the field may be changed
	StaysClosed             // a value was given: the field may be changed, or is as it was
	FitsOption              // the option is offered for the one it depends on
	FitsPick                // the record chosen is one that may be
	IsTree                  // a team is not below itself

	// What PostgreSQL itself sees to when a record is written; asked of drafts alone.
	Exists      // what a reference or links lead to is there
	IsUnique    // no other live record has the field's value
	KeepsUnique // a UNIQUE rule of the form
)

// Check is something that a record must keep.
type Check struct {
	What  What
	Rule  *form.Rule  // KeepsRule, KeepsUnique
	Field *form.Field // else
}

// check is true, false or, for what cannot be judged, null, for the record of an
// alias. old is the alias of the record as it was.
func (w *writer) check(c Check, alias, old string) string {
	x := c.Field
	switch c.What {
	case KeepsRule:
		return "(" + w.condition(c.Rule.Expr, alias) + ") IS NOT FALSE"
	case IsShown:
		return "(" + w.condition(x.ShownWhen, alias) + ") IS TRUE"
	case IsFilled:
		var b strings.Builder
		if x.ShownWhen != nil {
			b.WriteString("(" + w.condition(x.ShownWhen, alias) + ") IS NOT TRUE OR ")
		}
		if !x.Required {
			b.WriteString("(" + w.condition(x.RequiredWhen, alias) + ") IS NOT TRUE OR ")
		}
		return "(" + b.String() + w.present(alias, x) + ")"
	case IsOpen:
		return "(" + w.condition(x.ReadOnlyWhen, alias) + ") IS NOT TRUE"
	case StaysClosed:
		return fmt.Sprintf("((%s) IS NOT TRUE OR %s.%s IS NOT DISTINCT FROM %s.%s)", w.condition(x.ReadOnlyWhen, alias), alias, x.Column(), old, x.Column())
	case FitsOption:
		return w.fitsOption(alias, x)
	case FitsPick:
		return w.fitsPick(alias, x)
	case IsTree:
		return fmt.Sprintf("NOT EXISTS (WITH RECURSIVE up AS (SELECT %[1]s.%[2]s AS id UNION SELECT t.%[2]s FROM %[3]s t JOIN up ON t.id = up.id) SELECT FROM up WHERE up.id = %[1]s.id)",
			alias, x.Column(), w.table(x.Form))
	case Exists:
		return w.exists(alias, x)
	case IsUnique:
		return w.alone(alias, []*form.Field{x}, func(x *form.Field) bool { return x.Settings.IgnoreCase })
	case KeepsUnique:
		return w.alone(alias, c.Rule.Fields, c.Rule.Folds)
	}
	panic(fmt.Sprintf("sqlgen: check %d has no SQL", c.What))
}

func (w *writer) present(alias string, x *form.Field) string {
	if x.HasLinkTable() {
		return fmt.Sprintf("EXISTS (SELECT FROM %s l WHERE l.record = %s.id)", w.linkTable(x), alias)
	}
	return alias + "." + x.Column() + " IS NOT NULL"
}

// fitsOption compares with pairs of option and parent; options without parents
// fit everywhere.
func (w *writer) fitsOption(alias string, x *form.Field) string {
	var keys, parents, free []string
	for _, o := range x.Options {
		if len(o.Parents) == 0 {
			free = append(free, o.Key)
		}
		for _, p := range o.Parents {
			keys, parents = append(keys, o.Key), append(parents, p)
		}
	}
	on := x.Form.Field(x.Settings.DependsOn)
	pair := fmt.Sprintf("EXISTS (SELECT FROM unnest(%s, %s) AS p (key, parent) WHERE p.key = v.key AND p.parent = %s.%s)",
		w.arg(Array(keys), "text[]"), w.arg(Array(parents), "text[]"), alias, on.Column())
	value := "ARRAY[" + alias + "." + x.Column() + "]"
	if x.SQLType() == "text[]" {
		value = alias + "." + x.Column()
	}
	return fmt.Sprintf("NOT EXISTS (SELECT FROM unnest(%s) AS v (key) WHERE v.key IS NOT NULL AND v.key <> ALL (%s) AND NOT %s)",
		value, w.arg(Array(free), "text[]"), pair)
}

func (w *writer) fitsPick(alias string, x *form.Field) string {
	t := w.alias()
	if x.IsLinks() {
		return fmt.Sprintf("NOT EXISTS (SELECT FROM %s l JOIN %s %s ON %s.id = l.target WHERE l.record = %s.id AND (%s) IS NOT TRUE)",
			w.linkTable(x), w.table(x.Target), t, t, alias, w.condition(x.Pick, t, alias))
	}
	return fmt.Sprintf("(%[1]s.%[2]s IS NULL OR EXISTS (SELECT FROM %[3]s %[4]s WHERE %[4]s.id = %[1]s.%[2]s AND (%[5]s)))",
		alias, x.Column(), w.table(x.Target), t, w.condition(x.Pick, t, alias))
}

// Judge selects, for each of some records, its number and whether it keeps each
// check.
func (e Env) Judge(f *form.Form, ids []int64, checks []Check) Statement {
	w := &writer{env: e, cat: f.Catalog}
	w.put("SELECT r.id")
	for _, c := range checks {
		w.put(", %s", w.check(c, "r", ""))
	}
	w.put(" FROM %s r WHERE r.id = ANY(%s)", f.Table(), w.arg(Numbers(ids), "bigint[]"))
	return w.done()
}

// Serialise makes writes of a form whose rules look at other records wait for
// each other, until the transaction ends.
func Serialise(f *form.Form) Statement {
	return Statement{SQL: "SELECT pg_advisory_xact_lock(hashtextextended('fieldwork rules', $1::bigint))", Args: []any{f.ID}}
}
