package template_test

import (
	"testing"

	"fieldwork/graph/model"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/template"
)

// Every template of the catalogue can be installed, once more without any change,
// and its purposes are those of the schema.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	all, err := template.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	for key, tpl := range all {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			for _, f := range tpl.NewForms(false) {
				for _, x := range f.Fields {
					if p := model.FieldPurpose(x.Purpose); x.Purpose != "" && !p.IsValid() {
						t.Errorf("%s.%s: there is no purpose %q", f.Key, x.Key, x.Purpose)
					}
				}
			}
			o := orgtest.New(t)
			cat, err := template.Install(t.Context(), o.Forms, o.Owner, key)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range cat.Forms {
				for _, x := range f.Fields {
					if x.Broken != "" {
						t.Errorf("%s.%s is broken: %s", f.Key, x.Key, x.Broken)
					}
				}
			}
			again, err := template.Install(t.Context(), o.Forms, o.Owner, key)
			if err != nil || again.Version != cat.Version {
				t.Errorf("installed again: version %d after %d, %v", again.Version, cat.Version, err)
			}
		})
	}
}
