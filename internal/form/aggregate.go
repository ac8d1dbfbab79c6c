package form

import "errors"

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

	Used   []*Field // what it is made of
	Broken string   // why it cannot be read, "" when it can
}

func (r aggregateRow) aggregate(f *Form) *SavedAggregate {
	a := &SavedAggregate{Form: f, ID: r.ID, Key: r.Key, Labels: label(r.Label)}
	for _, part := range []struct {
		to   *any
		from []byte
	}{{&a.Filter, r.Filter}, {&a.GroupBy, r.GroupBy}, {&a.Metrics, r.Metrics}} {
		var err error
		if *part.to, err = decodeJSON(part.from); err != nil {
			a.Broken = "what it asks for cannot be read"
		}
	}
	return a
}

// readAggregate checks a saved aggregate and tells what it uses.
var readAggregate = func(*SavedAggregate) ([]*Field, error) {
	return nil, errors.New("nobody reads saved aggregates")
}

// ReadAggregates says who reads saved aggregates. Package query does so when the
// program starts: it knows their language, and imports this package.
func ReadAggregates(read func(a *SavedAggregate) ([]*Field, error)) { readAggregate = read }

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
			used, err := readAggregate(a)
			if err != nil {
				a.Broken = err.Error()
			}
			a.Used = used
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
