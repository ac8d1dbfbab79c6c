package sdl_test

import (
	"strings"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg/pgtest"
	"fieldwork/internal/typed/sdl"
	"fieldwork/schema"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestFixedSchemaDescribesEveryElement(t *testing.T) {
	doc, err := parser.ParseSchemas(schema.Fixed()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range doc.Definitions {
		if d.Description == "" && d.Name != "Query" && d.Name != "Mutation" {
			t.Errorf("%s has no description", d.Name)
		}
	}
	for _, list := range []ast.DefinitionList{doc.Definitions, doc.Extensions} {
		for _, d := range list {
			for _, f := range d.Fields {
				if f.Description == "" {
					t.Errorf("%s.%s has no description", d.Name, f.Name)
				}
			}
			for _, v := range d.EnumValues {
				if v.Description == "" {
					t.Errorf("%s.%s has no description", d.Name, v.Name)
				}
			}
		}
	}
}

func TestPrintedSchemaLoadsOnItsOwn(t *testing.T) {
	o := orgtest.New(t)
	label := form.Label{"en": `quotes " and \ """ and # newline` + "\n" + `*/ <script> 客户`}
	if _, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: "empty"}, form.NewForm{Key: "odd", Labels: label, Descriptions: label,
		Fields: []form.NewField{{Key: "a", Kind: "TEXT", Labels: label, Help: label}, {Key: "c", Kind: "CHOICE", Labels: label,
			Settings: form.SettingsInput{Options: []form.NewOption{{Key: "x", Labels: label}}}}}}); err != nil {
		t.Fatal(err)
	}
	doc, err := parser.ParseSchemas(validator.Prelude, &ast.Source{Name: "printed", Input: sdl.Whole(o.Catalog(t), time.Now())})
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := validator.ValidateSchemaDocument(doc)
	if err != nil {
		t.Fatal(err)
	}
	if got := loaded.Types["Odd"].Description; got != label["en"] {
		t.Errorf("description %q, want the label as it is", got)
	}
}

func TestArchivedFieldStaysReadableForAWhile(t *testing.T) {
	o := orgtest.New(t)
	if _, err := o.Forms.ArchiveField(t.Context(), o.Owner, nil, "customer", "region"); err != nil {
		t.Fatal(err)
	}
	cat := o.Catalog(t)
	const line = `region: CustomerRegion @deprecated(reason: "archived")`
	now := sdl.Print(cat, time.Now())
	if !strings.Contains(now, "type CustomerAggregateCounts") || !strings.Contains(now, `region: Int! @deprecated(reason: "archived")`) {
		t.Error("what an archived field comes to is still told")
	}
	if strings.Contains(now, "region: CustomerRegion\n") {
		t.Error("records are not grouped by an archived field")
	}
	if strings.Count(now, line) != 1 || strings.Contains(now, "CustomerRegionFilter") {
		t.Error("an archived field is deprecated in the type and gone from inputs and filters")
	}
	if strings.Contains(sdl.Print(cat, time.Now().AddDate(0, 0, 31)), line) {
		t.Error("after 30 days it is gone")
	}
}
