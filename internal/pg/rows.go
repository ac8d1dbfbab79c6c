package pg

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Row is a row of texts and whole numbers as PostgreSQL sends it: for each column
// the length of its value, -1 for null, and the value, numbers in binary. It is
// valid until the function it is given to returns.
type Row struct {
	rest []byte
	ints []bool // of the columns still in rest
}

// Next takes the next column off the row: its text or, of a number, its bytes.
// ok is false for null, and past the end.
func (r *Row) Next() (v []byte, number, ok bool) {
	if len(r.ints) == 0 {
		return nil, false, false
	}
	number, r.ints = r.ints[0], r.ints[1:]
	if len(r.rest) < 4 {
		return nil, number, false
	}
	n := int(int32(binary.BigEndian.Uint32(r.rest)))
	r.rest = r.rest[4:]
	if n < 0 || n > len(r.rest) {
		return nil, number, false
	}
	v, r.rest = r.rest[:n], r.rest[n:]
	return v, number, true
}

// Int takes the next column off the row as a number, 0 for null.
func (r *Row) Int() int64 {
	v, _, _ := r.Next()
	return Int(v)
}

// Int is a number of a row from its bytes.
func Int(v []byte) int64 {
	switch len(v) {
	case 8:
		return int64(binary.BigEndian.Uint64(v))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(v)))
	case 2:
		return int64(int16(binary.BigEndian.Uint16(v)))
	}
	return 0
}

// prepared is a statement prepared on one connection.
type prepared struct {
	driver.Stmt
	ints []bool // which of its columns are numbers; nil before it has been run by Rows
}

// Rows runs a statement whose columns are texts, bytes and whole numbers, and
// calls row for every row it returns, without making a value of each column: for
// levels of records, which have thousands. Where it can, the rows are taken off
// the connection before lib/pq reads them (docs/adr/0026-rows.md); on a
// connection with TLS, and when a statement runs for the first time on a
// connection, they are what lib/pq made of them.
func (c *Conn) Rows(ctx context.Context, query string, args []any, row func(Row) error) (err error) {
	c.sent(query)
	st, err := c.s.stmt(ctx, query)
	if err != nil {
		return err
	}
	var failed error
	whole := false
	l := c.s.link
	defer func() {
		l.rows = nil
		if !whole { // row panicked, and lib/pq is left in the middle of an answer
			_ = l.Close()
		}
	}()
	if st.ints != nil && l.framed {
		l.rows = func(data []byte) {
			if failed == nil {
				failed = row(Row{data, st.ints})
			}
		}
	}
	rows, err := st.Stmt.(driver.StmtQueryContext).QueryContext(ctx, named(args))
	if err != nil {
		whole = true
		return Translate(err)
	}
	ints := numbers(rows)
	dest := make([]driver.Value, len(ints))
	var buf []byte
	for err == nil {
		if err = rows.Next(dest); err == nil && failed == nil {
			if buf, failed = encode(buf[:0], dest, ints); failed == nil {
				failed = row(Row{buf, ints})
			}
		}
	}
	whole = true
	if cerr := rows.Close(); errors.Is(err, io.EOF) {
		err = cerr
	}
	if err != nil {
		return Translate(err)
	}
	if failed == nil {
		st.ints = ints
	}
	return failed
}

// numbers says which columns are whole numbers.
func numbers(rows driver.Rows) []bool {
	of := rows.(driver.RowsColumnTypeDatabaseTypeName)
	out := make([]bool, len(rows.Columns()))
	for i := range out {
		switch of.ColumnTypeDatabaseTypeName(i) {
		case "INT8", "INT4", "INT2":
			out[i] = true
		}
	}
	return out
}

// encode writes values as PostgreSQL sent them.
func encode(b []byte, values []driver.Value, ints []bool) ([]byte, error) {
	for i, v := range values {
		at := len(b)
		b = append(b, 0, 0, 0, 0)
		n := 0
		switch v := v.(type) {
		case nil:
			n = -1
		case string:
			b, n = append(b, v...), len(v)
		case []byte:
			b, n = append(b, v...), len(v)
		case int64:
			b, n = binary.BigEndian.AppendUint64(b, uint64(v)), 8
		default:
			return b, fmt.Errorf("column %d of a row came as %T", i+1, v)
		}
		if _, is := v.(int64); n >= 0 && is != ints[i] {
			return b, fmt.Errorf("column %d of a row came as %T", i+1, v)
		}
		binary.BigEndian.PutUint32(b[at:], uint32(int32(n)))
	}
	return b, nil
}
