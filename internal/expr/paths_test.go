package expr_test

import (
	"fmt"
	"testing"

	"fieldwork/internal/expr"
)

func TestPathsIn(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"to_on >= from_on":             "[[to_on] [from_on]]",
		"deputy != this.member.`lead`": "[[deputy] [member lead]]",
		`sum(tasks.hours where (status != "x") and size > this.limit) > most`: "[[tasks hours] [limit] [most]]",
		`aggregate("s", "m", customer) <= 20`:                                 "[[customer]]",
		"(":                                                                   "[]",
		"“":                                                                   "[]",
	} {
		if got := fmt.Sprint(expr.PathsIn(src)); got != want {
			t.Errorf("%s names %s, want %s", src, got, want)
		}
	}
}
