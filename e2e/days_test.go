package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// shift makes what has happened since a moment happen at another one, as if the
// database had had that clock.
func (w *world) shift(t *testing.T, to, since time.Time) {
	t.Helper()
	var sql strings.Builder
	move := func(table string, columns ...string) {
		for _, c := range columns {
			fmt.Fprintf(&sql, "UPDATE %s SET %[2]s = %[2]s + interval '%[3]d microseconds' WHERE %[2]s >= '%[4]s';\n",
				table, c, to.Sub(since).Microseconds(), since.UTC().Format(time.RFC3339Nano))
		}
	}
	for _, f := range w.acme.Catalog(t).Forms {
		move(f.Table(), "created_at", "updated_at", "archived_at")
	}
	move("org_acme.history__", "at")
	if _, err := w.acme.DB.Control.ExecContext(t.Context(), sql.String()); err != nil {
		t.Fatal(err)
	}
}
