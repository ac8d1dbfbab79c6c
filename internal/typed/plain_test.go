package typed

import (
	"testing"

	"fieldwork/internal/plain/plaintest"

	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// TestIntrospectionHasEveryField compares what is written by hand with the schema of schemas.
func TestIntrospectionHasEveryField(t *testing.T) {
	meta, err := parser.ParseSchema(validator.Prelude)
	if err != nil {
		t.Fatal(err)
	}
	plaintest.Check(t, meta.Definitions.ForName, schemaType)
	plaintest.Check(t, meta.Definitions.ForName, typeType)
	plaintest.Check(t, meta.Definitions.ForName, fieldType)
	plaintest.Check(t, meta.Definitions.ForName, inputValueType)
	plaintest.Check(t, meta.Definitions.ForName, enumValueType)
	plaintest.Check(t, meta.Definitions.ForName, directiveType)
}
