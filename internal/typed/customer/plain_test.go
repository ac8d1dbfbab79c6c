package customer

import (
	"testing"

	"fieldwork/internal/plain/plaintest"
	"fieldwork/schema"

	"github.com/vektah/gqlparser/v2/parser"
)

// TestPlainTypesHaveEveryField compares what is written by hand with the schema. What
// only the organisation's part adds is the records.
func TestPlainTypesHaveEveryField(t *testing.T) {
	doc, err := parser.ParseSchemas(schema.Fixed()...)
	if err != nil {
		t.Fatal(err)
	}
	plaintest.Check(t, doc.Definitions.ForName, rowType, "customer")
	plaintest.Check(t, doc.Definitions.ForName, cellType)
	plaintest.Check(t, doc.Definitions.ForName, cellMemberType)
	plaintest.Check(t, doc.Definitions.ForName, tasksType)
	plaintest.Check(t, doc.Definitions.ForName, gapType, "customer")
	plaintest.Check(t, doc.Definitions.ForName, overlapType, "customer")
	plaintest.Check(t, doc.Definitions.ForName, staleType, "customer")
	plaintest.Check(t, doc.Definitions.ForName, workloadType)
	plaintest.Check(t, doc.Definitions.ForName, byLevelType)
	plaintest.Check(t, doc.Definitions.ForName, scoreType)
	plaintest.Check(t, doc.Definitions.ForName, partType)
}
