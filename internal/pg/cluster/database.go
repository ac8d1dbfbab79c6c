package cluster

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// maintenance is the database that initdb makes for sessions that have no
// other, such as ours. Nobody copies it, so nobody minds our being there.
const maintenance = "postgres"

const databaseExists = `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`

// CreateDatabase makes a database if it is missing.
func (s *Server) CreateDatabase(ctx context.Context, name string) error {
	return s.maintain(ctx, func(db *sql.DB) error {
		var there bool
		if err := db.QueryRowContext(ctx, databaseExists, name).Scan(&there); err != nil || there {
			return err
		}
		_, err := db.ExecContext(ctx, `CREATE DATABASE `+pq.QuoteIdentifier(name))
		switch codeOf(err) {
		case pqerror.DuplicateDatabase, pqerror.UniqueViolation:
			return nil // another session was faster
		}
		return err
	})
}

// CreateDatabaseFrom makes a database as a copy of another, in about a tenth of
// a second for a small one. PostgreSQL refuses while anybody is connected to
// the template; connections that are just closing are waited for, some
// seconds. It fails if the database exists.
func (s *Server) CreateDatabaseFrom(ctx context.Context, name, template string) error {
	return s.maintain(ctx, func(db *sql.DB) error {
		create := `CREATE DATABASE ` + pq.QuoteIdentifier(name) + ` TEMPLATE ` + pq.QuoteIdentifier(template)
		for began := time.Now(); ; {
			_, err := db.ExecContext(ctx, create)
			if codeOf(err) != pqerror.ObjectInUse || time.Since(began) > 5*time.Second {
				return err
			}
			if err := pause(ctx, 20*time.Millisecond); err != nil {
				return err
			}
		}
	})
}

// maintain runs f with a connection of its own: databases are made rarely, and
// an idle connection would be one of few.
func (s *Server) maintain(ctx context.Context, f func(*sql.DB) error) error {
	db, err := sql.Open("postgres", s.URL(maintenance))
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := f(db); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return nil
}

// ready reports whether the server accepts connections. An error is one that
// waiting does not cure, such as a cluster that has no role fieldwork.
func (s *Server) ready(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	connector, err := pq.NewConnector(s.URL(maintenance))
	if err != nil {
		return false, err
	}
	conn, err := connector.Connect(ctx)
	if err == nil {
		return true, conn.Close()
	}
	switch code := codeOf(err); code {
	case "", pqerror.CannotConnectNow: // no answer yet, or recovering
		return false, nil
	case pqerror.TooManyConnections: // those who waited for the restart were faster
		return true, nil
	}
	return false, err
}

func codeOf(err error) pqerror.Code {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return e.Code
	}
	return ""
}
