package main

import (
	"context"
	_ "expvar"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"fieldwork/internal/demo"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/server"
)

func serve(fs *flag.FlagSet, e env) func(context.Context, []string) error {
	p := placeFlags(fs, e)
	addr := fs.String("addr", "127.0.0.1:8080", "`address` to listen on")
	origins := fs.String("origins", "", "web `origins` that may call from browsers, separated by commas")
	debugAddr := fs.String("debug", "", "`address` that tells of the process (/debug/pprof/, /debug/vars), to nobody but you; off if left out")
	files := filesOf(fs, p)
	return func(ctx context.Context, _ []string) error {
		out := &lines{w: e.stderr}
		defer out.flush()
		e.stderr = out
		log := logger(e, slog.LevelInfo)
		if *debugAddr != "" {
			if err := serveDebug(ctx, *debugAddr); err != nil {
				return err
			}
		}
		db, closeDB, err := p.open(ctx, log)
		if err != nil {
			return err
		}
		defer closeDB()
		return listen(ctx, db, log, files, *addr, *origins, func(addr string) error {
			log.Info("serving", "address", "http://"+addr)
			return nil
		})
	}
}

// serveDebug serves what Go's runtime knows of the process until ctx ends.
func serveDebug(ctx context.Context, addr string) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	// The packages pprof and expvar have put themselves into the default mux.
	s := &http.Server{Handler: http.DefaultServeMux, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = s.Close() })
	go func() { _ = s.Serve(l) }()
	return nil
}

// gcPercent lets the heap grow to five times what lives: that is small, some tens
// of megabytes, and to collect it often costs a fifth of the server's CPU time.
const gcPercent = 400

// listen serves until ctx ends; ready is told the address once it listens.
func listen(ctx context.Context, db *pg.DB, log *slog.Logger, files fileFlags, addr, origins string, ready func(addr string) error) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	kept, err := files.open(db)
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	c := server.Config{DB: db, Log: log, Files: kept}
	if origins != "" {
		c.Origins = strings.Split(origins, ",")
	}
	s, err := server.New(ctx, c)
	if err != nil {
		_ = l.Close()
		return err
	}
	if err := ready(l.Addr().String()); err != nil {
		_ = l.Close()
		return err
	}
	return s.Serve(ctx, l)
}

const firstQuery = `{ customers(first: 3) { nodes { name tier roles { nodes { responsibility level member { name } } } } } }`

func dev(fs *flag.FlagSet, e env) func(context.Context, []string) error {
	p := placeFlags(fs, e)
	addr := fs.String("addr", "127.0.0.1:8080", "`address` to listen on")
	size := fs.Int("size", 0, "number of demo `customers`; 0: 60")
	files := filesOf(fs, p)
	return func(ctx context.Context, _ []string) error {
		log := logger(e, slog.LevelWarn)
		db, closeDB, err := p.open(ctx, log)
		if err != nil {
			return err
		}
		defer closeDB()
		o, err := demo.Ensure(ctx, db, forms(db), demo.Options{Customers: *size})
		if err != nil {
			return err
		}
		token, err := devToken(ctx, db, o, filepath.Join(*p.data, "dev-token"))
		if err != nil {
			return err
		}
		return listen(ctx, db, log, files, *addr, "", func(addr string) error {
			_, err := fmt.Fprintf(e.stdout, `
Fieldwork is ready.

  playground   http://%[1]s/#token=%[2]s
  GraphQL      http://%[1]s/graphql
  token        %[2]s   (owner@demo.example, organisation demo)

Try:

  curl -s http://%[1]s/graphql -H 'Authorization: Bearer %[2]s' -H 'Content-Type: application/json' \
    -d '{"query":"%[3]s"}'

`, addr, token, firstQuery)
			return err
		})
	}
}

// devToken returns the token of the last start if it still works, else a new
// one, which it keeps for the next.
func devToken(ctx context.Context, db *pg.DB, o org.Organisation, file string) (string, error) {
	store := org.NewStore(db)
	if b, err := os.ReadFile(file); err == nil {
		if a, err := store.Authenticate(ctx, string(b)); err == nil && a.OrgID == o.ID {
			return string(b), nil
		}
	}
	owner, err := store.AccountByEmail(ctx, o.ID, "owner@demo.example")
	if err != nil {
		return "", err
	}
	issued, err := store.CreateToken(ctx, org.Program(o.ID, o.Key), owner.ID, "fieldwork dev", time.Now().AddDate(0, 0, 90))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", err
	}
	return issued.Secret, os.WriteFile(file, []byte(issued.Secret), 0o600)
}
