package view

import (
	"slices"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/query"
)

// check finds the fields that the view names. Every fault in it comes at once,
// with the path of the input; a column with one is broken.
func (v *View) check(now time.Time) fault.List {
	var bad fault.List
	for i := range v.Columns {
		c := &v.Columns[i]
		if err := c.check(v.Form, v.Columns[:i]); err != nil {
			c.Broken = err.Error()
			_ = bad.Add(err, "columns", i)
		}
	}
	if len(v.Columns) > MaxColumns {
		bad = append(bad, fault.New(fault.Invalid, "a view has at most %d columns", MaxColumns).At("columns"))
	}
	_, err := v.Which(now)
	_ = bad.Add(err, "filter")
	_, err = v.Sorted()
	_ = bad.Add(err, "orderBy")
	_, err = v.Grouped()
	_ = bad.Add(err, "groupBy")
	return append(bad, v.checkSettings()...)
}

func (c *Column) check(f *form.Form, before []Column) (err error) {
	if c.Through, c.Is, err = query.ParsePath(f, c.Field); err != nil {
		var bad fault.List
		_ = bad.Add(err, "field")
		return bad.Err()
	}
	switch {
	case slices.ContainsFunc(before, func(o Column) bool { return o.Field == c.Field }):
		return fault.New(fault.Invalid, "is there already").At("field")
	case c.Width != nil && (*c.Width < 1 || *c.Width > maxWidth):
		return fault.New(fault.Invalid, "must lie between 1 and %d", maxWidth).At("width")
	}
	return nil
}

// setting is one of the fields that layouts go by.
type setting struct {
	name     string
	of       func(s *Settings) *string
	required []Layout
	optional []Layout
	takes    func(v *View, x *form.Field) bool
	wants    string // what it takes
}

var settings = []setting{
	{"board", func(s *Settings) *string { return &s.Board }, []Layout{Board}, nil,
		func(_ *View, x *form.Field) bool { return x.KindName() == "CHOICE" }, "a CHOICE"},
	{"sum", func(s *Settings) *string { return &s.Sum }, nil, []Layout{Board},
		func(_ *View, x *form.Field) bool { return query.Sum.Of(x) }, "a number or a length of time"},
	{"start", func(s *Settings) *string { return &s.Start }, []Layout{Calendar, Gantt}, nil,
		func(_ *View, x *form.Field) bool { return query.IsDay(x) }, "a day or a moment"},
	{"end", func(s *Settings) *string { return &s.End }, []Layout{Gantt}, []Layout{Calendar},
		func(v *View, x *form.Field) bool {
			start := v.Form.Field(v.Settings.Start)
			return query.IsDay(x) && (start == nil || !query.IsDay(start) || start.Value.Name() == x.Value.Name())
		}, "a day when start is one, else a moment"},
	{"cover", func(s *Settings) *string { return &s.Cover }, nil, []Layout{Gallery},
		func(_ *View, x *form.Field) bool { return kind.IsFiles(x.Kind) }, "an ATTACHMENT"},
	{"dependencies", func(s *Settings) *string { return &s.Dependencies }, nil, []Layout{Gantt},
		func(v *View, x *form.Field) bool { return x.IsLinks() && x.Target == v.Form }, "REFERENCES to records of the same form"},
	{"progress", func(s *Settings) *string { return &s.Progress }, nil, []Layout{Gantt},
		func(_ *View, x *form.Field) bool { return query.Sum.Of(x) && x.SQLType() != "interval" }, "a number"},
}

func (v *View) checkSettings() fault.List {
	var bad fault.List
	fail := func(name, format string, args ...any) {
		bad = append(bad, fault.New(fault.Invalid, format, args...).At("settings", name))
	}
	for _, s := range settings {
		key := *s.of(&v.Settings)
		required := slices.Contains(s.required, v.Layout)
		switch x := v.Form.Field(key); {
		case key == "" && required:
			fail(s.name, "a view of layout %s needs %s", v.Layout, s.wants)
		case key == "":
		case !required && !slices.Contains(s.optional, v.Layout):
			fail(s.name, "a view of layout %s has no such setting", v.Layout)
		case x == nil:
			fail(s.name, "form %s has no field %q", v.Form.Key, fault.Clip(key))
		case x.Value == nil || !s.takes(v, x):
			fail(s.name, "must be %s, and %s is of kind %s", s.wants, x.Key, x.KindName())
		}
	}
	return bad
}

// forLayout takes out the settings that the layout has not.
func (s *Settings) forLayout(l Layout) {
	for _, x := range settings {
		if !slices.Contains(x.required, l) && !slices.Contains(x.optional, l) {
			*x.of(s) = ""
		}
	}
}

// fields calls found for every field that works and that the view names, as often
// as it does.
func (v *View) fields(now time.Time, found func(x *form.Field)) {
	for _, c := range v.Columns {
		if c.Is != nil {
			all(c.Through, c.Is, found)
		}
	}
	if f, err := v.Which(now); err == nil && f != nil {
		query.Fields(f, found)
	}
	if order, err := v.Sorted(); err == nil {
		for _, o := range order {
			all(o.Path, o.Field, found)
		}
	}
	if groups, err := v.Grouped(); err == nil {
		for _, g := range groups {
			all(g.Path, g.Field, found)
		}
	}
	for _, s := range settings {
		if x := v.Form.Field(*s.of(&v.Settings)); x != nil {
			found(x)
		}
	}
}

func all(path []*form.Field, last *form.Field, found func(x *form.Field)) {
	for _, x := range path {
		found(x)
	}
	found(last)
}
