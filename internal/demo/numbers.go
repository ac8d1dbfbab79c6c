package demo

import (
	"context"
	"fmt"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"

	"github.com/jmoiron/sqlx"
)

// numbers gives out numbers of an AUTO_NUMBER field as the program does, going on
// from those that have been given.
type numbers struct {
	pattern kind.NumberPattern
	last    map[string]int64 // by period
}

// numbersOf reads where the numbers of a field stand. A field that is not
// numbered any more gets numbers of the standard pattern.
func numbersOf(ctx context.Context, tx *sqlx.Tx, x *form.Field) (*numbers, error) {
	n := &numbers{last: map[string]int64{}}
	pattern, restart := "KA-{yyyy}-{0000}", "YEAR"
	if isNumbered(x) {
		pattern, restart = x.Settings.Pattern, x.Settings.Restart
		var rows []struct {
			Period string `db:"period"`
			Last   int64  `db:"last"`
		}
		if err := tx.SelectContext(ctx, &rows, `SELECT period, last FROM `+x.Form.Catalog.NumberTable()+` WHERE field = $1`, x.ID); err != nil {
			return nil, fmt.Errorf("read the last numbers of %s: %w", x.Key, err)
		}
		for _, r := range rows {
			n.last[r.Period] = r.Last
		}
	}
	var err error
	n.pattern, err = kind.ParseNumberPattern(pattern, restart)
	return n, err
}

func isNumbered(x *form.Field) bool { return x != nil && x.Kind.Name() == "AUTO_NUMBER" }

// next is the next number at a moment.
func (n *numbers) next(at time.Time) string {
	period := n.pattern.Period(at)
	n.last[period]++
	return n.pattern.Format(at, n.last[period])
}

// save keeps the last numbers, from which the program goes on.
func (n *numbers) save(ctx context.Context, tx *sqlx.Tx, x *form.Field) error {
	if !isNumbered(x) {
		return nil
	}
	for period, last := range n.last {
		_, err := tx.ExecContext(ctx, `INSERT INTO `+x.Form.Catalog.NumberTable()+` (field, period, last) VALUES ($1, $2, $3) ON CONFLICT (field, period) DO UPDATE SET last = excluded.last`,
			x.ID, period, last)
		if err != nil {
			return fmt.Errorf("keep the last numbers of %s: %w", x.Key, err)
		}
	}
	return nil
}
