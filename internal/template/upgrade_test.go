package template

import (
	"strings"
	"testing"

	"fieldwork/internal/form"
	"fieldwork/internal/form/document"
)

func label(en string) form.Label { return form.Label{"en": en, "zh": "中" + en} }

// What the organisation has of a template, and what a newer version makes of it.
func TestMerge(t *testing.T) {
	t.Parallel()
	option := func(key, en string) document.Option {
		return document.Option{Key: key, Labels: label(en), Colour: "red"}
	}
	doc := func(forms ...document.Form) document.Document {
		return document.Document{Format: 1, Partial: true, Forms: forms}
	}
	choice := func(options ...document.Option) document.Field {
		return document.Field{Key: "state", Kind: "CHOICE", Labels: label("State"), Options: options}
	}
	have := document.Form{Key: "x", Labels: form.Label{"en": "Mine", "zh": "中X"}, Fields: []document.Field{
		{Key: "kept", Kind: "TEXT", Labels: label("Kept")},
		{Key: "other", Kind: "INTEGER", Labels: label("Other")},
		{Key: "away", Kind: "TEXT", Labels: label("Away"), Archived: true},
		choice(option("a", "Mine"), option("b", "B"), document.Option{Key: "c", Labels: label("C"), Archived: true}),
	}}
	was := document.Form{Key: "x", Labels: label("X"), Fields: []document.Field{
		{Key: "kept", Kind: "TEXT", Labels: label("Kept")}, {Key: "away", Kind: "TEXT"}, {Key: "gone", Kind: "TEXT"},
		choice(option("a", "A"), option("b", "B"), option("c", "C"), option("d", "D")),
	}}
	want := document.Form{Key: "x", Labels: label("X 2"), Fields: []document.Field{
		{Key: "kept", Kind: "TEXT", Labels: label("Kept 2"), Required: true},
		{Key: "other", Kind: "TEXT", Labels: label("Other")},
		{Key: "away", Kind: "TEXT"}, {Key: "gone", Kind: "TEXT"},
		{Key: "fresh", Kind: "TEXT", Labels: label("Fresh"), Section: "nowhere"},
		choice(option("a", "A 2"), option("b", "B 2"), option("c", "C"), option("d", "D"), option("e", "E")),
	}}
	m := &merger{cat: &form.Catalog{}, was: doc(was)}
	got := m.form(have, &was, want)
	fields := map[string]document.Field{}
	for _, f := range got.Fields {
		fields[f.Key] = f
	}
	for what, is := range map[string]bool{
		"a label that was changed stays":                got.Labels["en"] == "Mine",
		"in another language it is brought up to date":  got.Labels["zh"] == "中X 2",
		"a field's label is brought up to date":         fields["kept"].Labels["en"] == "Kept 2",
		"whether it is required stays":                  !fields["kept"].Required,
		"a field of another kind stays":                 fields["other"].Kind == "INTEGER",
		"an archived field stays archived":              fields["away"].Archived,
		"a field that was taken away is not made again": fields["gone"].Key == "",
		"a new field is made":                           fields["fresh"].Kind == "TEXT" && fields["fresh"].Section == "",
	} {
		if !is {
			t.Errorf("not so: %s: %+v", what, got)
		}
	}
	var options []string
	for _, o := range fields["state"].Options {
		options = append(options, o.Key+" "+o.Labels["en"])
	}
	if s := strings.Join(options, ", "); s != "a Mine, b B 2, e E, c C" {
		t.Errorf("options: %s", s)
	}
	var left []string
	for _, l := range m.left {
		left = append(left, string(l.Why)+" "+l.Field+" "+l.Option)
	}
	if s := strings.Join(left, ", "); s != "CLASH other , REMOVED away , REMOVED gone , REMOVED state c, REMOVED state d" {
		t.Errorf("left: %s", s)
	}
	if s := have.Fields[0].Labels["en"] + have.Fields[3].Options[1].Labels["en"]; s != "KeptB" {
		t.Errorf("what the organisation has was changed in place: %s", s)
	}
}
