package pg

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"fieldwork/internal/fault"

	"github.com/lib/pq"
)

// ErrStale says that a statement named a table or column that is not there, or
// that is of another type: the definitions it was compiled from have moved on.
// Reload them and try again.
var ErrStale = errors.New("definitions have changed")

// IsNoRows says whether a query that wanted one row found none.
func IsNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// Deadlock is the SQLSTATE of a transaction that waited in a circle with others, and
// was ended for them.
const Deadlock = "40P01"

// Code returns the SQLSTATE of an error of PostgreSQL, "" for any other.
func Code(err error) string {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return string(e.Code)
	}
	return ""
}

// Column returns the name of the column that an error is about, "" if it is about
// none.
func Column(err error) string {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return e.Column
	}
	return ""
}

// Constraint returns the name of the constraint that an error is about. Under
// Citus the name ends in the number of a shard, which is cut off, or stands in
// the message only.
func Constraint(err error) string {
	e, ok := errors.AsType[*pq.Error](err)
	if !ok {
		return ""
	}
	name := e.Constraint
	if name == "" {
		if _, rest, ok := strings.Cut(e.Message, `constraint "`); ok {
			name, _, _ = strings.Cut(rest, `"`)
		}
	}
	if i := strings.LastIndexByte(name, '_'); i > 0 && len(name)-i > 6 && strings.Trim(name[i+1:], "0123456789") == "" {
		name = name[:i]
	}
	return name
}

// Translate gives an error of the driver its meaning. Violations of constraints
// come back as they are (the caller knows the fields behind them); outages, locks
// that others hold and time that is up become UNAVAILABLE, races CONFLICT, undefined
// names ErrStale, an order that this PostgreSQL does not know INVALID. Faults and
// anything unknown pass unchanged.
func Translate(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Fault](err); ok {
		return err
	}
	code := Code(err)
	switch {
	case code == "42704" && strings.Contains(err.Error(), `-x-icu"`):
		return fault.New(fault.Invalid, "this PostgreSQL was built without ICU, so it knows no order by pinyin").Because(err)
	case code == "42703" || code == "42P01" || code == "42704" || code == "3F000" ||
		code == "42804" || code == "42883" || // the column has become one of another type
		code == "0A000" && strings.Contains(err.Error(), "cached plan"):
		return errors.Join(ErrStale, err)
	case code == "40001" || code == Deadlock:
		return fault.New(fault.Conflict, "another change got in the way; try again").Because(err)
	case code == "57014":
		return fault.New(fault.Unavailable, "the request took too long: ask for less, or try again later").Because(err)
	case code == "55P03":
		return fault.New(fault.Unavailable, "others are changing the same records, or their form; try again").Because(err)
	case unavailable(code), outage(err):
		return fault.New(fault.Unavailable, "the database cannot be used just now; try again").Because(err)
	}
	return err
}

// unavailable says whether a SQLSTATE tells of the state of the server rather
// than of the statement: connections, resources, shutdown, read-only.
func unavailable(code string) bool {
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53") || strings.HasPrefix(code, "58") ||
		code == "57P01" || code == "57P02" || code == "57P03" || code == "57P05" || code == "25006" || code == "25P03"
}

// Lost says whether an error means that the connection is gone, or PostgreSQL,
// and not that time was up: what only reads may be tried on another connection.
func Lost(err error) bool {
	if err == nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return false
	}
	switch code := Code(err); {
	case code != "":
		return strings.HasPrefix(code, "08") || code == "57P01" || code == "57P02"
	case errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.EPIPE):
		return true
	}
	e, ok := errors.AsType[net.Error](err)
	return ok && !e.Timeout()
}

func outage(err error) bool {
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, sql.ErrConnDone) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, syscall.EPIPE) {
		return true
	}
	_, ok := errors.AsType[net.Error](err)
	return ok
}

// translateCommit is Translate for the answer to COMMIT: when the connection
// was lost on the way nobody knows whether the transaction took place.
func translateCommit(err error) error { return AsWrite(Translate(err), true) }

// AfterWrite marks an outage that hit what followed a write which is done: the
// client, who does not see the record, is told that the outcome is unknown.
func AfterWrite(err error) error {
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok || f.Kind != fault.Unavailable {
		return err
	}
	g := *f
	g.Outcome = fault.Unknown
	return &g
}

// AsWrite marks an outage that hit a write: sent says whether the statement that
// would make it final may have reached PostgreSQL, so that its outcome is unknown.
func AsWrite(err error, sent bool) error {
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok || f.Kind != fault.Unavailable || f.Outcome != "" {
		return err
	}
	g := *f
	g.Outcome = fault.NotDone
	// A session that is ended says so wherever it stands, also after it has committed.
	if code := Code(err); sent && (code == "" || code == "57P01" || code == "57P02") {
		g.Outcome = fault.Unknown
	}
	return &g
}
