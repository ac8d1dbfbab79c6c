package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"fieldwork/internal/blob"
	"fieldwork/internal/file"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/table"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/pg/cluster"
	"fieldwork/internal/typed/sdl"
)

// place says where the database is: a server of the caller's, or a private one
// in a folder.
type place struct {
	db, data, pgBin *string
}

// fileFlags say where content of files is kept, and how large one may be.
type fileFlags struct {
	place place
	dir   *string
	max   *int64
}

func filesOf(fs *flag.FlagSet, p place) fileFlags {
	return fileFlags{p, fs.String("files", "", "`folder` of uploaded files; empty: files in the data folder"),
		fs.Int64("max-file-size", file.MaxSize>>20, "most `megabytes` of one uploaded file")}
}

func (f fileFlags) open(db *pg.DB) (*file.Store, error) {
	if *f.max < 1 || *f.max > 1<<20 {
		return nil, usage("--max-file-size must be 1 to %d", 1<<20)
	}
	dir := *f.dir
	if dir == "" {
		dir = filepath.Join(*f.place.data, "files")
	}
	blobs, err := blob.New(dir)
	if err != nil {
		return nil, err
	}
	return file.NewStore(db, blobs, *f.max<<20), nil
}

func placeFlags(fs *flag.FlagSet, e env) place {
	return place{
		db:    fs.String("db", e.getenv("DATABASE_URL"), "PostgreSQL `URL`; empty: a private server in the data folder (also DATABASE_URL)"),
		data:  fs.String("data", ".fieldwork", "`folder` of the private PostgreSQL"),
		pgBin: fs.String("pg-bin", "", "`folder` of PostgreSQL's programs; empty: searched"),
	}
}

// open opens the database, migrated. The private server is started, or the one
// that another fieldwork runs on the same folder is used. close undoes it all.
func (p place) open(ctx context.Context, log *slog.Logger) (db *pg.DB, close func(), err error) {
	dsn, stop := *p.db, func() {}
	if dsn == "" {
		s, running := cluster.Running(*p.data)
		if !running {
			if s, err = cluster.Start(ctx, cluster.Options{Bin: *p.pgBin, Data: *p.data, Log: log, Durable: true}); err != nil {
				return nil, nil, err
			}
		}
		dsn = s.URL("fieldwork")
		stop = func() {
			if err := s.Stop(); err != nil {
				log.Error("stop PostgreSQL", "err", err)
			}
		}
	}
	if db, err = pg.Open(ctx, dsn); err != nil {
		stop()
		return nil, nil, err
	}
	close = func() {
		_ = db.Close()
		stop()
	}
	if err := prepare(ctx, db, log); err != nil {
		close()
		return nil, nil, err
	}
	return db, close, nil
}

// prepare migrates, and puts up the walls between organisations.
func prepare(ctx context.Context, db *pg.DB, log *slog.Logger) error {
	if err := db.Migrate(ctx, log); err != nil {
		return err
	}
	if err := org.EnsureRoles(ctx, db); err != nil {
		return err
	}
	if err := table.EnsureHistory(ctx, db); err != nil {
		return err
	}
	open, err := db.Guard(ctx)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		log.Warn("these functions can change a session's role or run text as SQL, and this database user may not revoke them from PUBLIC: a superuser should", "functions", open)
	}
	return org.NewStore(db).Sweep(ctx)
}

func forms(db *pg.DB) *change.Store { return change.NewStore(db, sdl.Reserved()) }

// parseDays reads a duration that may be given in days: 30d, 12h.
func parseDays(s string) (time.Duration, error) {
	var n int
	if _, err := fmt.Sscanf(s, "%dd", &n); err == nil && fmt.Sprintf("%dd", n) == s && n > 0 && n <= 3650 {
		return time.Duration(n) * 24 * time.Hour, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, usage("%q is not a time such as 30d or 12h", s)
	}
	return d, nil
}
