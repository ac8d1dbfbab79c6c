package conversion_test

import (
	"fmt"
	"slices"
	"testing"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/conversion"
	"fieldwork/internal/form/formtest"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/orgtest"
)

func TestConvertInPlace(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	cat, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: "thing", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}}})
	cat = formtest.Must(t, cat, err)
	o.Insert(t, cat.Form("thing"), map[string]string{"name": "a"}, map[string]string{"name": "b"}, map[string]string{"name": "c"})
	for i, c := range []struct {
		from    form.NewField
		values  []string // by record; "" for none
		to      string
		set     form.SettingsInput
		clear   bool
		want    string
		failing int64
	}{
		{from: form.NewField{Kind: "TEXT", Indexed: true}, values: []string{"1,200", "", "7"}, to: "INTEGER", want: "1200 - 7"},
		{from: form.NewField{Kind: "TEXT", Unique: true}, values: []string{"A@x.org", "", "b@x.org"}, to: "EMAIL", want: "a@x.org - b@x.org"},
		{from: form.NewField{Kind: "TEXT", Unique: true}, values: []string{"A@x.org", "", "a@x.org"}, to: "EMAIL", failing: -1},
		{from: form.NewField{Kind: "TEXT", Indexed: true, Unique: true}, values: []string{"x", "y", ""}, to: "LONG_TEXT", want: "x y -"},
		{from: form.NewField{Kind: "TEXT"}, values: []string{"Hot", "寒", "Hot"}, to: "CHOICE", want: "hot option_2 hot"},
		{from: form.NewField{Kind: "TEXT"}, values: []string{"Hot", "cold", "mild"}, to: "CHOICE", set: form.SettingsInput{Options: []form.NewOption{{Key: "h", Labels: form.Label{"en": "Hot"}}, {Key: "cold"}}}, failing: 1},
		{from: form.NewField{Kind: "TEXT"}, values: []string{"Hot", "cold", "mild"}, to: "CHOICE", set: form.SettingsInput{Options: []form.NewOption{{Key: "h", Labels: form.Label{"en": "Hot"}}, {Key: "cold"}}}, clear: true, want: "h cold -"},
		{from: form.NewField{Kind: "TEXT"}, values: []string{"Hot; cold", "cold", ""}, to: "MULTI_CHOICE", want: "{hot,cold} {cold} -"},
		{from: form.NewField{Kind: "CHOICE", Settings: form.SettingsInput{Options: formtest.Options("a", "b")}}, values: []string{"b", "", "a"}, to: "MULTI_CHOICE", want: "{b} - {a}"},
		{from: form.NewField{Kind: "MULTI_CHOICE", Indexed: true, Settings: form.SettingsInput{Options: formtest.Options("a", "b")}}, values: []string{"{b}", "", "{a,b}"}, to: "CHOICE", failing: 1},
		{from: form.NewField{Kind: "MULTI_CHOICE", Indexed: true, Settings: form.SettingsInput{Options: formtest.Options("a", "b")}}, values: []string{"{b}", "", "{a}"}, to: "CHOICE", want: "b - a"},
		{from: form.NewField{Kind: "CHOICE", Settings: form.SettingsInput{Options: formtest.Options("a", "b")}}, values: []string{"b", "", "a"}, to: "TEXT", want: "b - a"},
		{from: form.NewField{Kind: "INTEGER", Indexed: true, Unique: true}, values: []string{"3", "", "9007199254740991"}, to: "DECIMAL", want: "3 - 9007199254740991"},
		{from: form.NewField{Kind: "DECIMAL"}, values: []string{"3.5", "", "2"}, to: "INTEGER", failing: 1},
		{from: form.NewField{Kind: "DATE", Indexed: true}, values: []string{"2026-01-31", "", ""}, to: "DATETIME", want: "2026-01-30 16:00:00+00 - -"},
		{from: form.NewField{Kind: "REFERENCE", Settings: form.SettingsInput{To: new("thing"), Inverse: new("inv")}}, values: []string{"2", "", "1"}, to: "REFERENCES", want: "{2} - {1}"},
		{from: form.NewField{Kind: "AUTO_NUMBER", Settings: form.SettingsInput{Pattern: new("N-{00}")}}, to: "TEXT", want: "N-01 N-02 N-03"},
		{from: form.NewField{Kind: "BOOLEAN", Required: true, Default: true}, to: "TEXT", set: form.SettingsInput{}, failing: -2},
	} {
		t.Run(fmt.Sprintf("%d %s to %s", i, c.from.Kind, c.to), func(t *testing.T) {
			n := c.from
			n.Key = fmt.Sprintf("f%d", i)
			cat, err := o.Forms.AddField(t.Context(), o.Owner, nil, "thing", n)
			cat = formtest.Must(t, cat, err)
			x := cat.Form("thing").Field(n.Key)
			for r, v := range c.values {
				if v != "" {
					if _, err := o.DB.Control.ExecContext(t.Context(), fmt.Sprintf(`UPDATE %s SET %s = $1 WHERE id = $2`, x.Form.Table(), x.Column()), v, r+1); err != nil {
						t.Fatal(err)
					}
				}
			}
			cat, err = conversion.Convert(t.Context(), o.Forms, o.Owner, nil, "thing", n.Key, conversion.Input{Kind: c.to, Settings: c.set, Clear: c.clear})
			switch {
			case c.failing == -2:
				if fault.KindOf(err) != fault.Invalid {
					t.Fatalf("err = %v, want INVALID for the default", err)
				}
				formtest.Clean(t, o)
				return
			case c.failing != 0:
				f, _ := err.(*fault.Fault)
				if f == nil || f.Kind != fault.Conflict || c.failing > 0 && f.Details["count"] != c.failing {
					t.Fatalf("err = %#v, want CONFLICT with %d failures", err, c.failing)
				}
				formtest.Clean(t, o)
				return
			}
			cat = formtest.Must(t, cat, err)
			now := cat.Form("thing").Field(n.Key)
			if now == nil || now.Kind.Name() != c.to {
				t.Fatalf("field is %+v", now)
			}
			if got := formtest.Values(t, o, now); got != c.want {
				t.Errorf("values are %s, want %s", got, c.want)
			}
			formtest.Clean(t, o)
		})
	}
	// Reference and back; its inverse stays, and purging takes it along.
	cat, err = conversion.Convert(t.Context(), o.Forms, o.Owner, nil, "thing", "f15", conversion.Input{Kind: "REFERENCE"})
	cat = formtest.Must(t, cat, err)
	if got := formtest.Values(t, o, cat.Form("thing").Field("f15")); got != "2 - 1" {
		t.Errorf("values are %s after the way back", got)
	}
	if cat.Form("thing").Field("inv") == nil {
		t.Error("the inverse is gone")
	}
	formtest.Clean(t, o)
	if _, _, err := o.Forms.PurgeField(t.Context(), o.Owner, nil, "thing", "f15"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a field in use was purged: %v", err)
	}
	for _, x := range slices.Clone(cat.Form("thing").Own()) {
		if x.Key == "name" || x.Key == "inv" {
			continue
		}
		if _, err := o.Forms.ArchiveField(t.Context(), o.Owner, nil, "thing", x.Key); err != nil {
			t.Fatal(err)
		}
		cat, _, err = o.Forms.PurgeField(t.Context(), o.Owner, nil, "thing", x.Key)
		cat = formtest.Must(t, cat, err)
	}
	if n := len(cat.Form("thing").Fields); n != 1 {
		t.Errorf("%d fields are left, want name alone", n)
	}
	formtest.Clean(t, o)
	if _, err := o.Forms.ArchiveField(t.Context(), o.Owner, nil, "customer", "region"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Forms.PurgeField(t.Context(), o.Owner, nil, "customer", "region"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a standard field was purged: %v", err)
	}
	_ = kind.All
}
