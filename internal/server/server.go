// Package server serves Fieldwork over HTTP: POST and GET /graphql, files at
// /files, extracts for customers at /extract, the organisation's SDL at
// /schema.graphql, the playground at /, and health.
//
// It reads bodies under limits, authenticates, and hands operations to package
// typed. Answers that are ready JSON are written as they are: encoding/json
// would check and copy them once more. It knows no organisation but the one of
// the credential, keeps no cookies, and reads no header that names one.
package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"fieldwork/graph"
	"fieldwork/internal/dashboard"
	"fieldwork/internal/extract"
	"fieldwork/internal/file"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/job"
	"fieldwork/internal/form/table"
	"fieldwork/internal/handover"
	"fieldwork/internal/live"
	"fieldwork/internal/made"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/playground"
	"fieldwork/internal/report"
	"fieldwork/internal/suggestion"
	"fieldwork/internal/template"
	"fieldwork/internal/tries"
	"fieldwork/internal/typed"
	"fieldwork/internal/typed/sdl"
	"fieldwork/internal/usage"
	"fieldwork/internal/view"
)

// Limits of serving.
const (
	requestTime   = 30 * time.Second       // longest work on one request
	readyTime     = 2 * time.Second        // longest wait of /readyz for the database
	maxConcurrent = 256                    // requests worked on at once; more are UNAVAILABLE
	leaveTime     = 500 * time.Millisecond // how long it is unready, and still serves, before it closes
	drainTime     = 20 * time.Second       // longest wait for running requests at shutdown
)

// Config says how to serve.
type Config struct {
	DB      *pg.DB
	Log     *slog.Logger
	Files   *file.Store      // nil: files are neither taken nor served
	Origins []string         // web origins that may call from a browser, exactly as browsers send them
	Now     func() time.Time // when a request is made; nil: time.Now
}

// Server is one Fieldwork server.
type Server struct {
	db     *pg.DB
	log    *slog.Logger
	orgs   *org.Store
	router *typed.Router
	files  *file.Store
	made   *made.Store
	cors   map[string]bool
	now    func() time.Time

	extracts *extract.Store
	opens    *tries.Counter // of extracts

	running   chan struct{} // one token for each request being worked on
	transfers chan struct{} // one token for each file on its way
	drawing   chan struct{} // one token for each extract being drawn
	draining  atomic.Bool

	background sync.WaitGroup // jobs and counters, which end with New's context
}

// New builds a server and starts to listen for changes of other servers until
// ctx ends.
func New(ctx context.Context, c Config) (*Server, error) {
	s := &Server{db: c.DB, log: c.Log, orgs: org.NewStore(c.DB), cors: map[string]bool{}, files: c.Files, made: made.NewStore(c.DB),
		extracts: extract.NewStore(c.DB), opens: tries.New(opensWindow),
		now: c.Now, running: make(chan struct{}, maxConcurrent), transfers: make(chan struct{}, maxTransfers), drawing: make(chan struct{}, drawnAtOnce)}
	if s.now == nil {
		s.now = time.Now
	}
	for _, o := range c.Origins {
		s.cors[o] = true
	}
	forms := change.NewStore(c.DB, sdl.Reserved())
	resolver := &graph.Resolver{DB: c.DB, Forms: forms, Orgs: s.orgs, Catalogue: template.NewStore(c.DB, forms), ViewStore: view.NewStore(c.DB),
		ReportStore: report.NewStore(c.DB), DashboardStore: dashboard.NewStore(c.DB), ExtractStore: s.extracts, Refusals: suggestion.NewStore(c.DB), HandoverStore: handover.NewStore(c.DB)}
	present := graph.Present(c.Log)
	cache := typed.NewCache(c.DB, resolver, typed.Configure(present, graph.Recover))
	resolver.Changed = cache.Changed
	cache.Accounts = s.orgs.Forget
	var err error
	if s.router, err = typed.NewRouter(cache, present); err != nil {
		return nil, err
	}
	s.router.Usage = usage.New(c.DB, c.Log)
	s.background.Go(func() { s.router.Usage.Run(ctx) })
	jobs := job.NewRunner(resolver.Forms, c.Log)
	s.background.Go(func() {
		if err := jobs.Run(ctx); err != nil {
			c.Log.ErrorContext(ctx, "jobs are not worked on", "err", err)
		}
	})
	return s, live.Listen(ctx, c.DB, c.Log, live.Handlers{
		Heard: func(channel, payload string) {
			switch channel {
			case change.Channel:
				cache.Heard(payload)
			case change.JobsChannel:
				jobs.Wake()
			case org.AccountsChannel:
				s.orgs.Heard(payload)
			}
		},
		Connected: func(on bool) {
			cache.Listening(on)
			s.orgs.Listening(on)
		},
	}, change.Channel, change.JobsChannel, org.AccountsChannel)
}

// Usage counts which fields operations use.
func (s *Server) Usage() *usage.Counter { return s.router.Usage }

// Handler is everything the server answers.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/graphql", s.limited(s.graphql))
	mux.HandleFunc("GET /schema.graphql", s.limited(s.schema))
	mux.HandleFunc("POST /files", s.transfer(s.kept(s.upload)))
	mux.HandleFunc("OPTIONS /files", s.transfer(s.kept(s.upload)))
	mux.HandleFunc("GET /files/{id}", s.transfer(s.kept(s.download)))
	mux.HandleFunc("OPTIONS /files/{id}", s.transfer(s.kept(s.download)))
	mux.HandleFunc("GET "+made.Path+"{id}", s.transfer(s.downloadMade))
	mux.HandleFunc("OPTIONS "+made.Path+"{id}", s.transfer(s.downloadMade))
	mux.HandleFunc("GET "+extract.Path+"{secret}", s.limited(s.showExtract))
	mux.HandleFunc("GET "+extract.Path+"{secret}/{file}", s.limited(s.showExtract))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("/", playground.Handler())
	return s.outer(mux)
}

// Serve serves on l until ctx ends; then it turns unready, answers for a moment
// more, telling clients to connect anew, lets running requests finish and returns.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      requestTime + 30*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	go s.sweep(ctx)
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.draining.Store(true)
	s.log.Info("shutting down")
	defer s.background.Wait()
	// Connections that are in use end after an answer that says so. To close them
	// at once would fail requests that are on their way.
	leave := time.NewTimer(leaveTime)
	defer leave.Stop()
	select {
	case err := <-failed:
		return err
	case <-leave.C:
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := srv.Shutdown(end); err != nil {
		_ = srv.Close()
		if !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
	return nil
}

// sweep removes files that nothing names or that are over, what deleted records held and old
// idempotency keys, at the start and then by and by.
func (s *Server) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if s.files != nil {
			if err := s.files.Sweep(ctx); err != nil && ctx.Err() == nil {
				s.log.Error("sweep files", "err", err)
			}
		}
		if err := table.ForgetDeleted(ctx, s.db); err != nil && ctx.Err() == nil {
			s.log.Error("forget deleted records", "err", err)
		}
		if err := s.orgs.SweepKeys(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("sweep idempotency keys", "err", err)
		}
		if err := s.made.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("sweep files that were made", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTime)
	defer cancel()
	if s.draining.Load() {
		plain(w, http.StatusServiceUnavailable, "shutting down")
		return
	}
	if err := s.db.Ping(ctx); err != nil {
		plain(w, http.StatusServiceUnavailable, "the database cannot be reached")
		return
	}
	plain(w, http.StatusOK, "ready")
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

// outer gives every request an id, logs it, and catches panics.
func (s *Server) outer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		id := newID()
		rec := &recorder{ResponseWriter: w}
		h := w.Header()
		h.Set(requestID, id)
		h.Set("X-Content-Type-Options", "nosniff")
		if s.draining.Load() {
			h.Set("Connection", "close")
		}
		defer func() {
			if v := recover(); v != nil && v != http.ErrAbortHandler {
				s.log.Error("panic", "request", id, "panic", v, "stack", string(debug.Stack()))
				if rec.status == 0 {
					plain(rec, http.StatusInternalServerError, "internal error "+id)
				}
			}
			s.log.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("id", id), slog.String("method", r.Method), slog.String("path", logged(r.URL.Path)),
				slog.Int("status", rec.status), slog.Int("bytes", rec.bytes), slog.Duration("took", time.Since(start).Round(time.Microsecond)),
				slog.String("operation", cut(rec.operation, 100)), slog.String("organisation", rec.organisation))
		}()
		next.ServeHTTP(rec, r)
	})
}

// requestID is the header by which a client can name a request to whoever reads
// the log.
const requestID = "X-Request-Id"

// limited bounds the time and the number of requests that reach the database.
func (s *Server) limited(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case s.running <- struct{}{}:
			defer func() { <-s.running }()
		default:
			overloaded(w)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), requestTime)
		defer cancel()
		next(w, r.WithContext(ctx))
	}
}

// recorder remembers what was answered, for the log.
type recorder struct {
	http.ResponseWriter
	status                  int
	bytes                   int
	operation, organisation string
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func newID() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
