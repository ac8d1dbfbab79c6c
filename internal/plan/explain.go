package plan

import (
	"fmt"
	"strings"

	"fieldwork/internal/query/sqlgen"
)

// Explain prints the statements of the plan, level by level or all in one.
func (p *Plan) Explain() string {
	var b strings.Builder
	for i, l := range p.levels {
		fmt.Fprintf(&b, "-- level %d: %s", i, l.name)
		if l.parent >= 0 {
			fmt.Fprintf(&b, ", for the rows of level %d", l.parent)
			for _, k := range l.also {
				fmt.Fprintf(&b, " and %d", k.Level)
			}
		}
		b.WriteByte('\n')
		if p.trip.SQL != "" {
			continue
		}
		if l.kind == outside {
			b.WriteString("-- made of the numbers of the records by statements of its own\n")
			continue
		}
		explain(&b, l.stmt)
		if l.rest.SQL != "" {
			b.WriteString("-- and when that comes to an end\n")
			explain(&b, l.rest)
		}
	}
	if p.trip.SQL != "" {
		b.WriteString("-- all levels in one trip, because the answer is small\n")
		explain(&b, p.trip)
	}
	return b.String()
}

func explain(b *strings.Builder, s sqlgen.Statement) {
	fmt.Fprintf(b, "%s\n", s.SQL)
	for j, a := range s.Args {
		if a == nil { // or of several levels
			a = "the keys of the level above"
		}
		fmt.Fprintf(b, "--   $%d = %v\n", j+1, a)
	}
}

// Statements is how many statements a run needs, not counting those that end of
// lists may ask for.
func (p *Plan) Statements() int {
	if p.trip.SQL != "" {
		return 1
	}
	return len(p.levels)
}
