package sdl_test

import (
	"fmt"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/typed/sdl"
)

// largest makes an organisation of a hundred forms with thirty fields each, every
// form referring to the one before it.
func largest(t testing.TB) *form.Catalog {
	t.Helper()
	o := orgtest.New(t)
	have := len(o.Catalog(t).Active())
	kinds := []string{"TEXT", "DECIMAL", "DATE", "INTEGER", "CHOICE", "BOOLEAN", "MONEY", "DATETIME", "LONG_TEXT", "PROGRESS"}
	var forms []form.NewForm
	for i := have; i < 100; i++ {
		f := form.NewForm{Key: fmt.Sprintf("form_of_number_%d", i)}
		for j := range 27 {
			x := form.NewField{Key: fmt.Sprintf("field_of_number_%d", j), Kind: kinds[j%len(kinds)]}
			if x.Kind == "CHOICE" {
				x.Settings.Options = []form.NewOption{{Key: "one"}, {Key: "two"}, {Key: "three"}}
			}
			f.Fields = append(f.Fields, x)
		}
		to, inverse := "customer", fmt.Sprintf("number_%d", i)
		if i > have {
			to = forms[len(forms)-1].Key
		}
		f.Fields = append(f.Fields, form.NewField{Key: "owned_by", Kind: "MEMBER"}, form.NewField{Key: "belongs_to", Kind: "REFERENCE", Settings: form.SettingsInput{To: &to, Inverse: &inverse}})
		forms = append(forms, f)
	}
	if _, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, forms...); err != nil {
		t.Fatal(err)
	}
	return o.Catalog(t)
}

// A hundred forms of thirty fields are at most 4 MB of SDL.
func TestSizeOfTheLargestSchema(t *testing.T) {
	t.Parallel()
	cat := largest(t)
	if _, err := sdl.Load(sdl.Print(cat, time.Now())); err != nil {
		t.Fatal(err)
	}
	if n := len(sdl.Whole(cat, time.Now())); n > 4_000_000 {
		t.Errorf("%d forms take %d bytes", len(cat.Active()), n)
	} else {
		t.Logf("%d forms take %d bytes", len(cat.Active()), n)
	}
}

func BenchmarkLoadLargest(b *testing.B) {
	cat := largest(b)
	for b.Loop() {
		if _, err := sdl.Load(sdl.Print(cat, time.Now())); err != nil {
			b.Fatal(err)
		}
	}
}
