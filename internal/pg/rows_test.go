package pg_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"fieldwork/internal/fault"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
)

const everyColumn = `SELECT n, CASE WHEN n % 3 > 0 THEN n::int END, n::smallint, CASE n % 4 WHEN 0 THEN '' WHEN 1 THEN repeat('长', n::int * 40) WHEN 2 THEN 'x' || n END,
	(n / 7.0)::numeric, decode(md5(n::text), 'hex'), ARRAY[n::text, NULL] FROM generate_series($1::bigint, $2::bigint) n`

// columns are the values of a row of Rows as those of Query are.
func columns(row pg.Row) (out []any) {
	for range 7 {
		switch v, number, ok := row.Next(); {
		case !ok:
			out = append(out, nil)
		case number:
			out = append(out, pg.Int(v))
		default:
			out = append(out, string(v))
		}
	}
	if v, _, ok := row.Next(); v != nil || ok {
		out = append(out, "more")
	}
	return out
}

// Rows come the same way off the connection, through lib/pq and by Query.
func TestRowsAreWhatQueryReads(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	err := o.DB.As(t.Context(), o.Org.Role, func(c *pg.Conn) error {
		for time := range 6 {
			if time == 4 {
				c.Unframe()
			}
			args := []any{int64(-5 - time), int64(1500 + time)}
			var want, got [][]any
			if err := c.Query(t.Context(), everyColumn, args, func(v []pg.Value) error {
				row := make([]any, len(v))
				for i, v := range v {
					if row[i] = v; v != nil {
						if b, ok := v.([]byte); ok {
							row[i] = string(b)
						}
					}
				}
				want = append(want, row)
				return nil
			}); err != nil {
				return err
			}
			if err := c.Rows(t.Context(), everyColumn, args, func(row pg.Row) error { got = append(got, columns(row)); return nil }); err != nil {
				return err
			}
			if len(want) != 1506+2*time || !reflect.DeepEqual(got, want) {
				return fmt.Errorf("time %d: %d rows, want %d; the first %v, want %v", time, len(got), len(want), got[:1], want[:1])
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// Whatever ends a statement early leaves a connection that can be used, or none.
func TestRowsThatEndEarly(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	const divided = `SELECT 100 / (50 - n), repeat('x', 100) FROM generate_series($1::bigint, 100) n`
	as := func(f func(c *pg.Conn) error) error { return o.DB.As(t.Context(), o.Org.Role, f) }
	for _, first := range []bool{true, false} {
		n := 0
		count := func(pg.Row) error { n++; return nil }
		try := func(c *pg.Conn, from int, row func(pg.Row) error) error {
			n = 0
			if !first {
				if err := c.Rows(t.Context(), divided, []any{int64(51)}, count); err != nil || n != 50 {
					return fmt.Errorf("at first %d rows, %w", n, err)
				}
			}
			n = 0
			return c.Rows(t.Context(), divided, []any{int64(from)}, row)
		}
		after := func(c *pg.Conn) {
			t.Helper()
			n = 0
			if err := c.Rows(t.Context(), divided, []any{int64(51)}, count); err != nil || n != 50 {
				t.Errorf("afterwards %d rows, %v", n, err)
			}
		}

		_ = as(func(c *pg.Conn) error { // an error of PostgreSQL, after 40 rows
			if err := try(c, 10, count); err == nil || !strings.Contains(err.Error(), "division by zero") {
				t.Errorf("a division by zero: %v after %d rows", err, n)
			}
			after(c)
			return nil
		})
		_ = as(func(c *pg.Conn) error { // an error of the function
			own := errors.New("enough")
			err := try(c, 60, func(pg.Row) error {
				if n++; n == 3 {
					return own
				}
				return nil
			})
			if !errors.Is(err, own) || n != 3 {
				t.Errorf("an error of its own: %v after %d rows", err, n)
			}
			after(c)
			return nil
		})
		func() { // a panic of the function
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			_ = as(func(c *pg.Conn) error { return try(c, 60, func(pg.Row) error { panic("on purpose") }) })
		}()
		_ = as(func(c *pg.Conn) error { after(c); return nil })
		_ = as(func(c *pg.Conn) error { // its time is up
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err := c.Rows(ctx, `SELECT n, pg_sleep(CASE WHEN n < 5000 THEN 0 ELSE 60 END)::text FROM generate_series($1::bigint, 9000) n`, []any{int64(1)}, func(pg.Row) error { cancel(); return nil })
			if fault.KindOf(err) != fault.Unavailable {
				t.Errorf("cancelled: %v", err)
			}
			return nil
		})
		_ = as(func(c *pg.Conn) error { after(c); return nil })
	}
}

// What a level cannot keep is refused the first time already.
func TestRowsOfOtherTypes(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	err := o.DB.As(t.Context(), o.Org.Role, func(c *pg.Conn) error {
		return c.Rows(t.Context(), `SELECT 1, now()`, nil, func(pg.Row) error { return nil })
	})
	if err == nil || !strings.Contains(err.Error(), "column 2 of a row came as time.Time") {
		t.Error(err)
	}
}
