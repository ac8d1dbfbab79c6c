package plan

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync"

	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// Result is the rows of a run, ready to be written.
type Result struct {
	plan   *Plan
	levels []rows
}

// rows are the rows of one level. A cell is a piece of buf; its length is -1
// for null.
type rows struct {
	buf    []byte
	cells  []cell
	ncols  int
	n      int
	starts []int32          // children: first row of each parent, and one past the last
	byID   map[int64]int32  // referred: row by number
	counts map[int64]int64  // countChildren, by parent; count: under 0
	made   map[int64][]byte // outside, by record
}

type cell struct {
	at  uint32
	len int32
}

func (r *rows) cell(row int, col int) []byte {
	c := r.cells[row*r.ncols+col]
	if c.len < 0 {
		return nil
	}
	return r.buf[c.at : c.at+uint32(c.len)]
}

// id is the number in a column of a row, 0 for null.
func (r *rows) id(row, col int) int64 {
	n := int64(0)
	for _, d := range r.cell(row, col) {
		n = n*10 + int64(d-'0')
	}
	return n
}

// results are kept to be used again with the room that they have.
var results = sync.Pool{New: func() any { return new(Result) }}

// mostRoom is how many bytes a level may hold to be kept.
const mostRoom = 1 << 20

// Free gives the rows' room back. The result must not be used after it.
func (res *Result) Free() {
	for i := range res.levels {
		r := &res.levels[i]
		r.made = nil
		if cap(r.buf) > mostRoom || cap(r.cells) > mostRoom/8 {
			*r = rows{}
			continue
		}
		r.buf, r.cells, r.starts, r.ncols, r.n = r.buf[:0], r.cells[:0], r.starts[:0], 0, 0
		clear(r.byID)
		clear(r.counts)
	}
	res.plan = nil
	results.Put(res)
}

// Run reads every level of the plan on one connection, one after the other.
// Levels whose parents have no rows are not asked.
func (p *Plan) Run(ctx context.Context, c *pg.Conn) (*Result, error) { return p.run(ctx, c, nil) }

// RunFor runs a plan of Records for the given numbers.
func (p *Plan) RunFor(ctx context.Context, c *pg.Conn, ids []int64) (*Result, error) {
	return p.run(ctx, c, ids)
}

func (p *Plan) run(ctx context.Context, c *pg.Conn, ids []int64) (*Result, error) {
	res := results.Get().(*Result)
	res.plan = p
	for len(res.levels) < len(p.levels) {
		res.levels = append(res.levels, rows{})
	}
	if p.trip.SQL != "" {
		return res, res.travel(ctx, c)
	}
	for i, l := range p.levels {
		r := &res.levels[i]
		var keys []int64
		if l.parent >= 0 {
			keys = res.keys(l)
		} else if l.kind == referred || l.kind == changes {
			keys = ids
		}
		needsKeys := l.parent >= 0 || l.kind == referred || l.kind == changes
		if needsKeys && len(keys) == 0 {
			r.starts = append(r.starts, 0)
			continue
		}
		if l.kind == outside {
			if err := r.call(ctx, c, l, keys); err != nil {
				return nil, fmt.Errorf("read %s: %w", l.name, err)
			}
			continue
		}
		args := l.stmt.Args
		if needsKeys {
			args = append([]any{sqlgen.Numbers(keys)}, args[1:]...)
		}
		if err := r.read(ctx, c, l, args, len(keys)); err != nil {
			return nil, fmt.Errorf("read %s: %w", l.name, err)
		}
	}
	return res, nil
}

// keys collects the keys of a level from the rows of its parent: for children
// every parent in its place, for references each record once.
func (res *Result) keys(l *level) []int64 {
	p := &res.levels[l.parent]
	keys := make([]int64, 0, p.n)
	if l.kind != referred && l.kind != outside {
		for i := range p.n {
			keys = append(keys, p.id(i, l.keyCol))
		}
		return keys
	}
	seen := make(map[int64]struct{}, p.n)
	add := func(p *rows, col int) {
		for i := range p.n {
			id := p.id(i, col)
			if _, dup := seen[id]; id != 0 && !dup {
				seen[id] = struct{}{}
				keys = append(keys, id)
			}
		}
	}
	add(p, l.keyCol)
	for _, k := range l.also {
		add(&res.levels[k.Level], k.Column)
	}
	return keys
}

func (r *rows) read(ctx context.Context, c *pg.Conn, l *level, args []any, parents int) error {
	switch l.kind {
	case count:
		r.counts = room(r.counts, 1)
		return c.Rows(ctx, l.stmt.SQL, args, func(v pg.Row) error { r.counts[0] = v.Int(); return nil })
	case countChildren:
		r.counts = room(r.counts, parents)
		return c.Rows(ctx, l.stmt.SQL, args, func(v pg.Row) error { parent := v.Int(); r.counts[parent] = v.Int(); return nil })
	case children, groupedChildren, changes:
		r.starts = slices.Grow(r.starts, parents+1)[:parents+1]
	case referred:
		r.byID = room(r.byID, parents)
	}
	r.ncols = l.width()
	pos := 0
	row := func(v pg.Row) error {
		if l.perParent() { // rows come parent by parent; close those that are past
			for at := int(v.Int()); pos < at; pos++ {
				r.starts[pos] = int32(r.n)
			}
		}
		if err := r.add(v); err != nil {
			return err
		}
		if l.kind == referred {
			r.byID[r.id(r.n-1, 0)] = int32(r.n - 1)
		}
		return nil
	}
	err := c.Rows(ctx, l.stmt.SQL, args, row)
	if err == nil && l.rest.SQL != "" && r.n < l.read {
		more := l.read - r.n
		err = c.Rows(ctx, l.rest.SQL, l.rest.Args, func(v pg.Row) error {
			if more--; more < 0 {
				return nil
			}
			return row(v)
		})
	}
	if l.perParent() {
		for ; pos <= parents; pos++ {
			r.starts[pos] = int32(r.n)
		}
	}
	return err
}

// add keeps a row.
func (r *rows) add(row pg.Row) error {
	for range r.ncols {
		v, number, ok := row.Next()
		r.keep(v, number, ok)
	}
	if len(r.buf) > math.MaxInt32 {
		return fmt.Errorf("the rows of one level pass %d bytes", math.MaxInt32)
	}
	r.n++
	return nil
}

// keep adds a cell to a row: a text, or a number from its bytes.
func (r *rows) keep(v []byte, number, ok bool) {
	at := len(r.buf)
	switch {
	case !ok:
		r.cells = append(r.cells, cell{uint32(at), -1})
		return
	case number:
		r.buf = strconv.AppendInt(r.buf, pg.Int(v), 10)
	default:
		r.buf = append(r.buf, v...)
	}
	r.cells = append(r.cells, cell{uint32(at), int32(len(r.buf) - at)})
}

// room is the map itself, which is empty, or one for n entries.
func room[V any](m map[int64]V, n int) map[int64]V {
	if m == nil {
		return make(map[int64]V, n)
	}
	return m
}
