package pg

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/lib/pq"
)

// preparedPerConn bounds the statements that stay prepared on one connection;
// the least used one is closed when another comes.
const preparedPerConn = 200

// connector makes the connections of the record pool.
type connector struct{ *pq.Connector }

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	dc, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{pqConn: dc.(pqConn)}
	s.stmts, _ = simplelru.NewLRU[string, driver.Stmt](preparedPerConn, func(_ string, st driver.Stmt) { _ = st.Close() })
	return s, nil
}

// pqConn is what we use of a connection of lib/pq.
type pqConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// session is one connection with what we know of it.
type session struct {
	pqConn
	role  string // the session role it has now; "" as it was opened
	stmts *simplelru.LRU[string, driver.Stmt]
}

// stmt returns the prepared statement for a text, preparing it at first use.
func (s *session) stmt(ctx context.Context, query string) (driver.Stmt, error) {
	if st, ok := s.stmts.Get(query); ok {
		return st, nil
	}
	st, err := s.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.stmts.Add(query, st)
	return st, nil
}

// Conn is a connection under one organisation's role, lent for the length of
// one call of DB.As. It is not safe for concurrent use.
type Conn struct {
	s    *session
	inTx bool
	// Statements counts what was sent, for tests and for extensions of answers.
	Statements int
	observe    func(sql string)
}

// As lends a connection whose role is the given one. It waits for a free
// connection until ctx ends. Errors of f come back as they are.
func (db *DB) As(ctx context.Context, role string, f func(c *Conn) error) error {
	sc, err := db.records.Conn(ctx)
	if err != nil {
		return Translate(err)
	}
	defer func() { _ = sc.Close() }()
	var s *session
	if err := sc.Raw(func(dc any) error { s = dc.(*session); return nil }); err != nil {
		return Translate(err)
	}
	if s.role != role {
		// One statement of our own making by the simple protocol: a role name is
		// made by package org and quoted here. A failure leaves the role unknown.
		s.role = ""
		if _, err := s.ExecContext(ctx, "SET ROLE "+Quote(role), nil); err != nil {
			return Translate(fmt.Errorf("take role %s: %w", role, err))
		}
		s.role = role
	}
	c := &Conn{s: s, observe: db.observe}
	defer c.leave()
	return f(c)
}

// leave ends a transaction that f did not end, for instance by a panic.
func (c *Conn) leave() {
	if c.inTx {
		_ = c.Rollback()
	}
}

// sent counts a statement and tells who watches.
func (c *Conn) sent(query string) {
	c.Statements++
	if c.observe != nil {
		c.observe(query)
	}
}

// Value is a value of a row, as the driver hands it over.
type Value = driver.Value

// Query runs a statement and calls row for every row it returns. The values
// handed to row are those of the driver, valid until row returns: int64 for
// integers, string for text, []byte for types the driver does not know.
func (c *Conn) Query(ctx context.Context, query string, args []any, row func([]Value) error) (err error) {
	c.sent(query)
	st, err := c.s.stmt(ctx, query)
	if err != nil {
		return Translate(err)
	}
	rows, err := st.(driver.StmtQueryContext).QueryContext(ctx, named(args))
	if err != nil {
		return Translate(err)
	}
	defer func() {
		if cerr := rows.Close(); err == nil {
			err = Translate(cerr)
		}
	}()
	dest := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(dest); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return Translate(err)
		}
		if err := row(dest); err != nil {
			return err
		}
	}
}

// Exec runs a statement and returns how many rows it touched.
func (c *Conn) Exec(ctx context.Context, query string, args []any) (int64, error) {
	c.sent(query)
	st, err := c.s.stmt(ctx, query)
	if err != nil {
		return 0, Translate(err)
	}
	res, err := st.(driver.StmtExecContext).ExecContext(ctx, named(args))
	if err != nil {
		return 0, Translate(err)
	}
	return res.RowsAffected()
}

// InTx runs f in a transaction on the connection.
func (c *Conn) InTx(ctx context.Context, f func() error) error {
	tx, err := c.s.BeginTx(ctx, driver.TxOptions{})
	if err != nil {
		return Translate(err)
	}
	c.inTx = true
	if err := f(); err != nil {
		_ = c.Rollback()
		return err
	}
	c.inTx = false
	return translateCommit(tx.Commit())
}

// Snapshot runs f in a read-only transaction that sees one moment throughout.
func (c *Conn) Snapshot(ctx context.Context, f func() error) error {
	tx, err := c.s.BeginTx(ctx, driver.TxOptions{Isolation: driver.IsolationLevel(sql.LevelRepeatableRead), ReadOnly: true})
	if err != nil {
		return Translate(err)
	}
	defer func() { _ = tx.Rollback() }()
	return f()
}

// Rollback ends the transaction that InTx began.
func (c *Conn) Rollback() error {
	c.inTx = false
	_, err := c.s.ExecContext(context.Background(), "ROLLBACK", nil)
	return err
}

// AsOwner lays the organisation's role aside until the running transaction ends,
// for what package record must write to control tables.
func (c *Conn) AsOwner(ctx context.Context) error {
	_, err := c.s.ExecContext(ctx, "SET LOCAL ROLE NONE", nil)
	return Translate(err)
}

func named(args []any) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return out
}
