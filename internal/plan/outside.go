package plan

import (
	"context"

	"fieldwork/internal/pg"
)

// Outside is a value that another package makes of records: of all of a level at
// once, from their numbers, as JSON by number. A record that is not among them has
// null. Make is part of the plan, so a plan with one is good for one request.
type Outside struct {
	Name string // for explain
	Make Make
	Each Cost // what the value of one record counts for
}

// Make makes the values of records on a connection under the organisation's role.
type Make func(ctx context.Context, c *pg.Conn, ids []int64) (map[int64][]byte, error)

func (Outside) what() {}

// outside compiles such a value for the records of a level.
func (b *builder) outside(l int, w Outside) int {
	return b.level(&level{kind: outside, name: b.levels[l].name + "." + w.Name, parent: l, keyCol: 0, read: 1, make: w.Make})
}

// call has the values of a level made.
func (r *rows) call(ctx context.Context, c *pg.Conn, l *level, ids []int64) (err error) {
	r.made, err = l.make(ctx, c, ids)
	return err
}
