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
	dc, l, err := connect(ctx, c.Connector)
	if err != nil {
		return nil, err
	}
	l.framed = l.first == 'R' // an answer in clear; of TLS it would be another
	s := &session{pqConn: dc, link: l}
	s.stmts, _ = simplelru.NewLRU[string, *prepared](preparedPerConn, func(_ string, st *prepared) { _ = st.Close() })
	return s, nil
}

// pqConn is what we use of a connection of lib/pq.
type pqConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// session is one connection with what we know of it.
type session struct {
	pqConn
	link  *link
	role  string // the session role it has now; "" as it was opened
	stmts *simplelru.LRU[string, *prepared]
}

// ResetSession is asked by the pool before a connection is used again. One that
// PostgreSQL has ended meanwhile is not: whoever got it would fail, or would not
// know whether what it sent was done.
func (s *session) ResetSession(ctx context.Context) error {
	if s.link.lost() {
		return driver.ErrBadConn
	}
	return s.pqConn.ResetSession(ctx)
}

// stmt returns the prepared statement for a text, preparing it at first use. An
// outage here comes back as not done, whatever the statement would do: it has
// not been sent.
func (s *session) stmt(ctx context.Context, query string) (*prepared, error) {
	if !s.IsValid() { // lost by an earlier statement
		return nil, AsWrite(Translate(driver.ErrBadConn), false)
	}
	if st, ok := s.stmts.Get(query); ok {
		return st, nil
	}
	made, err := s.PrepareContext(ctx, query)
	if err != nil {
		return nil, AsWrite(Translate(err), false)
	}
	st := &prepared{Stmt: made}
	s.stmts.Add(query, st)
	return st, nil
}

// Conn is a connection under one organisation's role, lent for the length of
// one call of DB.As. It is not safe for concurrent use.
type Conn struct {
	s  *session
	tx driver.Tx // of InTx, while it is running
	// Statements counts what was sent, for tests and for extensions of answers.
	Statements int
	observe    func(sql string)
}

// As lends a connection whose role is the given one. It waits for a free one for
// a few seconds, or until ctx ends. Errors of f come back as they are.
func (db *DB) As(ctx context.Context, role string, f func(c *Conn) error) error {
	release, err := db.turn(ctx, role)
	if err != nil {
		return Translate(err)
	}
	defer release()
	sc, s, err := db.lend(ctx, role)
	if Lost(err) { // nothing of the caller's was sent
		sc, s, err = db.lend(ctx, role)
	}
	if err != nil {
		return Translate(err)
	}
	defer func() { _ = sc.Close() }()
	c := &Conn{s: s, observe: db.observe}
	defer c.leave()
	return f(c)
}

// roleConns is how many connections one role holds at most: an organisation
// whose table is locked leaves the others some.
const roleConns = recordConns * 2 / 3

// turn waits, as long as for a connection, until the role holds fewer than its
// share of them.
func (db *DB) turn(ctx context.Context, role string) (release func(), err error) {
	v, ok := db.turns.Load(role)
	if !ok {
		v, _ = db.turns.LoadOrStore(role, make(chan struct{}, roleConns))
	}
	held := v.(chan struct{})
	release = func() { <-held }
	select {
	case held <- struct{}{}:
		return release, nil
	default:
	}
	wait, cancel := context.WithTimeout(ctx, connWait)
	defer cancel()
	select {
	case held <- struct{}{}:
		return release, nil
	case <-wait.Done():
		return nil, wait.Err()
	}
}

// lend takes a connection from the pool and gives it the role.
func (db *DB) lend(ctx context.Context, role string) (*sql.Conn, *session, error) {
	wait, cancel := context.WithTimeout(ctx, connWait)
	defer cancel()
	sc, err := db.records.Conn(wait)
	if err != nil {
		return nil, nil, err
	}
	var s *session
	if err := sc.Raw(func(dc any) error { s = dc.(*session); return s.take(ctx, role) }); err != nil {
		_ = sc.Close()
		return nil, nil, err
	}
	return sc, s, nil
}

// take makes ctx the limit of what follows, and role the session's.
func (s *session) take(ctx context.Context, role string) error {
	s.link.use(ctx)
	if s.role == role {
		return nil
	}
	// One statement of our own making by the simple protocol: a role name is
	// made by package org and quoted here. A failure leaves the role unknown.
	s.role = ""
	if _, err := s.ExecContext(ctx, "SET ROLE "+Quote(role), nil); err != nil {
		return fmt.Errorf("take role %s: %w", role, err)
	}
	s.role = role
	return nil
}

// leave ends a transaction that f did not end, for instance by a panic.
func (c *Conn) leave() {
	if c.tx != nil {
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
		return err
	}
	rows, err := st.Stmt.(driver.StmtQueryContext).QueryContext(ctx, named(args))
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
		return 0, err
	}
	res, err := st.Stmt.(driver.StmtExecContext).ExecContext(ctx, named(args))
	if err != nil {
		return 0, Translate(err)
	}
	return res.RowsAffected()
}

// InTx runs f in a transaction on the connection. An outage before COMMIT comes
// back as not done, one that swallowed the answer to COMMIT as unknown. Within a
// transaction it is a part of that: what f did is undone when it fails, and the
// rest stands.
func (c *Conn) InTx(ctx context.Context, f func() error) error {
	if c.tx != nil {
		return c.inPart(ctx, f)
	}
	tx, err := c.s.BeginTx(ctx, driver.TxOptions{})
	if err != nil {
		return AsWrite(Translate(err), false)
	}
	c.tx = tx
	if err := f(); err != nil {
		_ = c.Rollback()
		return AsWrite(err, false)
	}
	c.tx = nil
	return translateCommit(tx.Commit())
}

func (c *Conn) inPart(ctx context.Context, f func() error) error {
	if _, err := c.s.ExecContext(ctx, "SAVEPOINT part", nil); err != nil {
		return AsWrite(Translate(err), false)
	}
	end := "RELEASE SAVEPOINT part"
	err := f()
	if err != nil {
		end = "ROLLBACK TO SAVEPOINT part"
	}
	if _, failed := c.s.ExecContext(ctx, end, nil); failed != nil && err == nil {
		err = Translate(failed)
	}
	return AsWrite(err, false)
}

// Rollback ends the transaction that InTx began. It must be the driver's own:
// a ROLLBACK sent as a statement leaves lib/pq watching the context, at whose
// end it would cancel whatever the connection does by then.
func (c *Conn) Rollback() error {
	tx := c.tx
	c.tx = nil
	return tx.Rollback()
}

// AsOwner lays the organisation's role aside until the running transaction ends,
// for what package record must write to control tables.
func (c *Conn) AsOwner(ctx context.Context) error {
	_, err := c.s.ExecContext(ctx, "SET LOCAL ROLE NONE", nil)
	return Translate(err)
}

// AsBefore takes the organisation's role up again in the running transaction,
// after AsOwner.
func (c *Conn) AsBefore(ctx context.Context) error {
	_, err := c.s.ExecContext(ctx, "SET LOCAL ROLE "+Quote(c.s.role), nil)
	return Translate(err)
}

func named(args []any) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return out
}
