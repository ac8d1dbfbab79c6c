package pg

import (
	"database/sql"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Apart opens n connections as the owner of everything beside the pools, for
// work that takes long and must not keep requests waiting. None is opened before
// it is used. Close it.
func (db *DB) Apart(n int) (*sqlx.DB, error) {
	cfg, err := config(db.dsn)
	if err != nil {
		return nil, err
	}
	cfg.ApplicationName += " work"
	cc, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err)
	}
	cc.Dialer(dialer{})
	p := sqlx.NewDb(sql.OpenDB(&controlConnector{cc}), "postgres")
	p.SetMaxOpenConns(n)
	p.SetMaxIdleConns(0)
	return p, nil
}
