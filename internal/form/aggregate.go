package form

import (
	"errors"
	"slices"

	"fieldwork/internal/expr"
	"fieldwork/internal/fault"
)

// SavedAggregate is an aggregation of a form's records that the organisation has
// given a name. What it asks for is kept as the generic face has it: package query,
// which knows that language, reads it (see ReadAggregates).
type SavedAggregate struct {
	Form    *Form
	ID      int64
	Key     string // unique in the organisation
	Labels  Label
	Filter  any // decoded JSON, as are GroupBy and Metrics; nil: all live records
	GroupBy any // [{field, by}]
	Metrics any // [{name, function, field}]

	Reading Reading // what is made of that
	Broken  string  // why it cannot be read, "" when it can
}

// Reading is what a saved aggregate comes to. Columns are fields of no form, with
// the names, and values of the kinds, of its keys and metrics.
type Reading struct {
	Fields  []*Field // that it is made of, the system's too, each once
	Keys    []SavedKey
	Metrics []*Field // columns
}

// SavedKey is a key of a saved aggregate.
type SavedKey struct {
	Column *Field
	Path   []*Field // references from the record that is counted to the one with the field
	Field  *Field   // whose value it is; nil where it is made of the value, as periods are
}

// Used are the fields that it is made of, without the system's.
func (a *SavedAggregate) Used() []*Field {
	return slices.DeleteFunc(slices.Clone(a.Reading.Fields), func(x *Field) bool { return x.System })
}

// Rules are those that look at it.
func (a *SavedAggregate) Rules() []*Rule {
	out := []*Rule{}
	for _, f := range a.Form.Catalog.Forms {
		for _, r := range f.Rules {
			if r.Expr != nil && r.Expr.Saved(func(s expr.Summary) bool { return SavedOf(s) == a }) {
				out = append(out, r)
			}
		}
	}
	return out
}

func (r aggregateRow) aggregate(f *Form) *SavedAggregate {
	a := &SavedAggregate{Form: f, ID: r.ID, Key: r.Key, Labels: label(r.Label)}
	for _, part := range []struct {
		to   *any
		from []byte
	}{{&a.Filter, r.Filter}, {&a.GroupBy, r.GroupBy}, {&a.Metrics, r.Metrics}} {
		var err error
		if *part.to, err = DecodeJSON(part.from); err != nil {
			a.Broken = "what it asks for cannot be read"
		}
	}
	return a
}

// readAggregate checks a saved aggregate and tells what it uses.
var readAggregate = func(*SavedAggregate) (Reading, error) {
	return Reading{}, errors.New("nobody reads saved aggregates")
}

// ReadAggregates says who reads saved aggregates. Package query does so when the
// program starts: it knows their language, and imports this package.
func ReadAggregates(read func(a *SavedAggregate) (Reading, error)) { readAggregate = read }

// Aggregate returns the saved aggregate of that key, broken or not; nil if there is
// none, or its form is archived.
func (c *Catalog) Aggregate(key string) *SavedAggregate {
	for _, f := range c.Active() {
		for _, a := range f.Aggregates {
			if a.Key == key {
				return a
			}
		}
	}
	return nil
}

// compileAggregates finds what saved aggregates are made of. One that makes no
// sense is broken alone.
func (c *Catalog) compileAggregates() {
	for _, f := range c.Forms {
		for _, a := range f.Aggregates {
			if a.Broken != "" {
				continue
			}
			var err error
			if a.Reading, err = readAggregate(a); err != nil {
				a.Broken = err.Error()
			}
		}
	}
}

// Rows is what rows of values look like as records of a form, for filters of them.
func (c *Catalog) Rows(key string, columns []*Field) *Form {
	f := &Form{Catalog: c, Key: key, byKey: map[string]*Field{}}
	for _, x := range columns {
		x.Form = f
		f.Fields = append(f.Fields, x)
		f.byKey[x.Key] = x
	}
	return f
}

// summary is a saved aggregate as expressions see it.
type summary struct {
	*SavedAggregate
	k *compiler
}

// SavedOf returns the saved aggregate that an expression speaks of.
func SavedOf(s expr.Summary) *SavedAggregate { return s.(summary).SavedAggregate }

func (s summary) Key() string { return s.SavedAggregate.Key }

func (s summary) Keys() []expr.Field {
	out := make([]expr.Field, len(s.Reading.Keys))
	for i, k := range s.Reading.Keys {
		out[i] = column{k.Column, s.k}
	}
	return out
}

func (s summary) Metric(name string) expr.Field {
	for _, x := range s.Reading.Metrics {
		if x.Key == name {
			return column{x, s.k}
		}
	}
	return nil
}

func (s summary) Metrics() []string {
	out := make([]string, len(s.Reading.Metrics))
	for i, x := range s.Reading.Metrics {
		out[i] = x.Key
	}
	return out
}

// savedScope is what rules may speak of: everything that other expressions of the
// form may, and saved aggregates. Computed fields may not, since aggregates count those.
func (k *compiler) savedScope(f *Form) expr.Scope {
	s := k.scope(f)
	s.Saved = func(key string) (expr.Summary, string) {
		a := k.cat.Aggregate(key)
		if a == nil {
			return nil, ""
		}
		return summary{a, k}, a.Broken
	}
	return s
}

// Check refuses what makes no sense, with the faults that are known already.
func (a *SavedAggregate) Check(labels Label, bad fault.List) error {
	_ = bad.Add(labels.Check(MaxLabel, "labels"))
	var err error
	a.Reading, err = readAggregate(a)
	if other := bad.Add(err); other != nil {
		return other
	}
	return bad.Err()
}
