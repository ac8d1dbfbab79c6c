package orgtest_test

import (
	"testing"

	"fieldwork/internal/form/check"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestNewOrganisationIsWhatItsDefinitionsSay(t *testing.T) {
	o := orgtest.New(t)
	problems, err := check.Run(t.Context(), o.DB, o.Org.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

func BenchmarkNewOrganisation(b *testing.B) {
	db := pgtest.Open(b)
	keys := 0
	for b.Loop() {
		keys++
		orgtest.Add(b, db, "org"+string(rune('a'+keys%26))+string(rune('a'+keys/26)))
	}
}
