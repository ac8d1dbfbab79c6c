package plan

import "fieldwork/internal/fault"

// Limits of what PostgreSQL is asked by one plan. Selecting many large formulas
// passes the first; PostgreSQL itself sets the second.
const (
	maxSQL  = 2 << 20 // bytes of all statements
	maxArgs = 65_535  // parameters of one
)

// Check refuses a plan that asks PostgreSQL too much, with a fault TOO_COSTLY.
func (p *Plan) Check() error {
	size, args := len(p.trip.SQL), len(p.trip.Args)
	for _, l := range p.levels {
		size += len(l.stmt.SQL)
		args = max(args, len(l.stmt.Args))
	}
	if size > maxSQL || args > maxArgs {
		return fault.New(fault.TooCostly, "the computed fields asked for are too large together: ask for fewer of them at once")
	}
	return nil
}
