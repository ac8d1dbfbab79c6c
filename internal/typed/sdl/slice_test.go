package sdl_test

import (
	"strings"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/typed/sdl"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// A slice is a schema itself: what it is about is as in the whole schema, and what
// leads to other forms is not there. It is small whatever else there is.
func TestSlice(t *testing.T) {
	t.Parallel()
	cat, now := largest(t), time.Now()
	all, err := sdl.Load(sdl.Print(cat, now))
	if err != nil {
		t.Fatal(err)
	}
	text, err := sdl.Slice(cat, []string{"customer", "task"}, now)
	if err != nil {
		t.Fatal(err)
	}
	part, err := gqlparser.LoadSchema(&ast.Source{Name: "slice", Input: text})
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > len(sdl.Whole(cat, now))/5 {
		t.Errorf("the slice takes %d bytes of %d", len(text), len(sdl.Whole(cat, now)))
	}
	for _, name := range []string{"Customer", "TaskFilter", "Member", "CreateCustomerInput", "TasksPayload", "Form", "DivisionTable"} {
		if part.Types[name] == nil {
			t.Errorf("there is no %s", name)
		}
	}
	for name, d := range part.Types {
		if strings.HasPrefix(name, "Role") && !strings.HasPrefix(name, "RolesByLevel") || strings.HasPrefix(name, "FormOfNumber") {
			t.Errorf("%s is of another form", name)
		}
		for _, f := range d.Fields {
			whole := all.Types[name].Fields.ForName(f.Name)
			if whole == nil || whole.Type.String() != f.Type.String() {
				t.Errorf("%s.%s is %s, not as in the whole schema", name, f.Name, f.Type)
			}
		}
	}
	for _, name := range []string{"customers", "updateTask", "records", "divisionTable", "createMember"} {
		if part.Query.Fields.ForName(name) == nil && part.Mutation.Fields.ForName(name) == nil {
			t.Errorf("there is no root field %s", name)
		}
	}
	if part.Query.Fields.ForName("roles") != nil || part.Types["Customer"].Fields.ForName("roles") != nil {
		t.Error("roles can be asked for")
	}
	if _, err = sdl.Slice(cat, []string{"customer", "nothing", "else"}, now); fault.KindOf(err) != fault.NotFound || !strings.Contains(err.Error(), "nothing, else") {
		t.Errorf("unknown forms: %v", err)
	}
}

func BenchmarkSlice(b *testing.B) {
	cat := largest(b)
	for b.Loop() {
		if _, err := sdl.Slice(cat, []string{"customer", "task"}, time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}
