package plan

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// oneTrip is how many records an answer may hold to be read in one trip. Below it
// the trips cost more than what PostgreSQL spends on putting levels together.
const oneTrip = 200

// inOneTrip writes the statement that reads all levels, if it is worth it.
func (p *Plan) inOneTrip(env sqlgen.Env) (none sqlgen.Statement) {
	if p.size > oneTrip || len(p.levels) < 2 || env.At != "" {
		return none
	}
	arms := make([]sqlgen.Arm, len(p.levels))
	for i, l := range p.levels {
		a := sqlgen.Arm{Form: l.form, Cols: l.cols, Limit: l.read, Many: l.many}
		if l.parent >= 0 {
			a.Keys = append([]sqlgen.Key{{Level: l.parent, Column: l.keyCol}}, l.also...)
		}
		switch l.kind {
		case changes, outside: // its columns are its own, or it has none
			return none
		case one:
			a.ID = l.id
		case list:
			if sqlgen.Apart(l.list) {
				return none
			}
			a.List = &l.list
		case children:
			a.List = &l.list
		case count, countChildren:
			a.List, a.Count = &l.list, true
		case grouped, groupedChildren: // their rows are as wide as what they ask for
			return none
		}
		arms[i] = a
	}
	return env.Trip(arms)
}

// travel reads all levels in one trip.
func (res *Result) travel(ctx context.Context, c *pg.Conn) error {
	for i, l := range res.plan.levels {
		r := &res.levels[i]
		r.ncols = len(l.cols)
		switch l.kind {
		case count, countChildren:
			r.counts = room(r.counts, l.read)
		case referred:
			r.byID = room(r.byID, 8)
		}
	}
	err := c.Rows(ctx, res.plan.trip.SQL, res.plan.trip.Args, func(v pg.Row) error {
		i := v.Int()
		level, _, _ := v.Next()
		row := packed(level)
		l, r := res.plan.levels[i], &res.levels[i]
		row.next(4) // the number of columns
		switch l.kind {
		case count:
			r.counts[0] = row.number()
		case countChildren:
			parent := row.number()
			r.counts[parent] = row.number()
		case children:
			for at := int(row.number()); len(r.starts) < at; {
				r.starts = append(r.starts, int32(r.n))
			}
			r.addRecord(&row)
		default:
			r.addRecord(&row)
			if l.kind == referred {
				r.byID[r.id(r.n-1, 0)] = int32(r.n - 1)
			}
		}
		if row == nil {
			return errors.New("a row is not as it was asked for")
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read %s: %w", res.plan.levels[0].name, err)
	}
	for i, l := range res.plan.levels {
		if l.kind == children {
			for r := &res.levels[i]; len(r.starts) <= res.levels[l.parent].n; {
				r.starts = append(r.starts, int32(r.n))
			}
		}
	}
	return nil
}

// packed is a row in PostgreSQL's binary notation: after the number of columns,
// for each the OID of its type, the length of its value or -1, and the value. It
// becomes nil when it ends too early.
type packed []byte

func (r *packed) next(n int) []byte {
	if n > len(*r) || n < 0 {
		*r = nil
		return nil
	}
	b := (*r)[:n]
	*r = (*r)[n:]
	return b
}

// column reads a value; ok is false for null.
func (r *packed) column() (oid uint32, v []byte, ok bool) {
	head := r.next(8)
	if head == nil {
		return 0, nil, false
	}
	n := int32(binary.BigEndian.Uint32(head[4:]))
	if n < 0 {
		return 0, nil, false
	}
	return binary.BigEndian.Uint32(head), r.next(int(n)), true
}

// number reads a bigint.
func (r *packed) number() int64 {
	if _, v, _ := r.column(); len(v) == 8 {
		return int64(binary.BigEndian.Uint64(v))
	}
	*r = nil
	return 0
}

const oidBigint = 20

// addRecord keeps a row, whose columns are texts and bigints.
func (r *rows) addRecord(row *packed) {
	for range r.ncols {
		oid, v, ok := row.column()
		r.keep(v, oid == oidBigint, ok)
	}
	r.n++
}
