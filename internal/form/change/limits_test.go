package change_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
)

// noRoom checks that a change is INVALID with a message about the limit.
func noRoom(t *testing.T, err error, message string) {
	t.Helper()
	if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), message) {
		t.Errorf("err = %v, want INVALID: %s", err, message)
	}
}

func TestFormTakes200ComputedFields(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	n := form.NewForm{Key: "wide", Fields: []form.NewField{{Key: "n", Kind: "INTEGER"}}}
	computed := func(i int) form.NewField {
		return form.NewField{Key: fmt.Sprintf("c%d", i), Kind: "FORMULA", Settings: form.SettingsInput{Expression: new("n + 1")}}
	}
	for i := range form.MaxComputedFields {
		n.Fields = append(n.Fields, computed(i))
	}
	if _, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, n); err != nil {
		t.Fatal(err)
	}
	_, err := o.Forms.AddField(t.Context(), o.Owner, nil, "wide", computed(form.MaxComputedFields))
	noRoom(t, err, "at most 200 computed fields")
	if _, err := o.Forms.AddField(t.Context(), o.Owner, nil, "wide", form.NewField{Key: "stored", Kind: "TEXT"}); err != nil {
		t.Errorf("a stored field has room: %v", err)
	}
}

func TestChoiceTakes500Options(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	var options []form.NewOption
	for i := range form.MaxOptions + 1 {
		options = append(options, form.NewOption{Key: fmt.Sprintf("o%d", i)})
	}
	_, err := o.Forms.AddField(t.Context(), o.Owner, nil, "task", form.NewField{Key: "much", Kind: "CHOICE", Settings: form.SettingsInput{Options: options}})
	noRoom(t, err, "at most 500 options")
	if _, err := o.Forms.AddField(t.Context(), o.Owner, nil, "task", form.NewField{Key: "much", Kind: "CHOICE", Settings: form.SettingsInput{Options: options[:500]}}); err != nil {
		t.Error(err)
	}
}

// TestOrganisationTakes100FormsAnd3000Fields fills an organisation up.
func TestOrganisationTakes100FormsAnd3000Fields(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	count := func() (forms, fields int) {
		cat := o.Catalog(t)
		for _, f := range cat.Forms {
			fields += len(f.Fields)
		}
		return len(cat.Forms), fields
	}
	forms, fields := count()
	var list []form.NewForm
	for i := range form.MaxForms - forms {
		list = append(list, form.NewForm{Key: fmt.Sprintf("form%d", i), Fields: []form.NewField{{Key: "a", Kind: "TEXT"}}})
	}
	room := form.MaxAllFields - fields - len(list)
	for i := 0; room > 0; i++ {
		for j := range min(room, 290) {
			list[i].Fields = append(list[i].Fields, form.NewField{Key: fmt.Sprintf("f%d", j), Kind: "TEXT"})
		}
		room -= min(room, 290)
	}
	for part := range slices.Chunk(list, 20) {
		if _, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, part...); err != nil {
			t.Fatal(err)
		}
	}
	if forms, fields = count(); forms != form.MaxForms || fields != form.MaxAllFields {
		t.Fatalf("%d forms and %d fields", forms, fields)
	}
	_, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: "more"})
	noRoom(t, err, "at most 100 forms")
	_, err = o.Forms.AddField(t.Context(), o.Owner, nil, "task", form.NewField{Key: "more", Kind: "TEXT"})
	noRoom(t, err, "at most 3000 fields")
}
