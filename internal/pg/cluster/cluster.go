// Package cluster is the program's own PostgreSQL: a private cluster in a
// folder, served over a unix socket for as long as the program lives.
//
//	s, err := cluster.Start(ctx, cluster.Options{Data: ".fieldwork", Durable: true})
//	if err != nil { ... }         // says what to install, or who serves the folder already
//	defer s.Stop()
//	db, err := sql.Open("postgres", s.URL("fieldwork"))
//
// What lies in the folder:
//
//	.fieldwork/pg            the cluster, or a symbolic link to it (place.go says when)
//	.fieldwork/pg.lock       held by the process that serves it; contains its pid
//	.fieldwork/run           the socket, unless its path would be too long
//	.fieldwork/postgres.log  what postgres itself says
//
// Three promises, whatever was killed before:
//
//   - Never two postmasters on one folder. A lock that the kernel releases
//     decides who owns it, not a pid: pids are used again.
//   - Start works. A postmaster that outlived its owner is shut down, the stale
//     remains of one that did not are removed.
//   - A postmaster that dies is started again until Stop is called.
//
// As root, which PostgreSQL refuses, everything it runs is run by another
// account (account.go).
package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"sync"
	"time"
)

// superuser is the role that initdb makes, and the only one there is.
const superuser = "fieldwork"

// Options say which cluster to start and how. The zero value of everything
// but Data works.
type Options struct {
	Bin  string       // folder of the PostgreSQL programs; "" searches, see FindBin
	Data string       // folder of the data, made when missing
	Log  *slog.Logger // nil discards

	// Durable keeps what was committed, whatever happens. Without it the server
	// is faster, loses the commits of the last half second when postgres is
	// killed, and maybe all data at a power cut: for tests.
	Durable bool
}

// Server is a private PostgreSQL. Its methods may be called concurrently.
type Server struct {
	socket string // the folder of the socket
	log    *slog.Logger

	// The rest is zero for a server that belongs to another process.
	bin     string
	place   place
	durable bool
	lock    *os.File // held, not used: closing it gives the folder free
	life    context.Context
	end     context.CancelFunc
	done    chan struct{} // closed when supervise has returned
	stopErr error         // written before done is closed
	release sync.Once

	mu     sync.Mutex
	exited chan struct{}
}

// Start serves the cluster of o.Data and returns when it accepts connections
// and has a database "fieldwork"; the first time it makes the cluster, which
// takes about a second. Cancelling ctx abandons the start; once Start has
// returned, ctx means nothing to the server and Stop ends it.
//
// It fails if there is no PostgreSQL, if another live process serves the same
// folder, or if the folder cannot be used by the account postgres runs as. The
// error says what to do.
func Start(ctx context.Context, o Options) (*Server, error) {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	bin, err := FindBin(o.Bin)
	if err != nil {
		return nil, err
	}
	pl, err := settle(ctx, o.Data, o.Durable, log)
	if err != nil {
		return nil, fmt.Errorf("private PostgreSQL: %w", err)
	}
	lock, err := takeLock(ctx, pl.lock())
	if err != nil {
		return nil, fmt.Errorf("private PostgreSQL in %s: %w", o.Data, err)
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	s := &Server{
		bin: bin, place: pl, durable: o.Durable, log: log, lock: lock,
		life: life, end: end, done: make(chan struct{}), exited: make(chan struct{}),
	}
	if err := s.open(ctx, o.Bin != ""); err != nil {
		return nil, fmt.Errorf("private PostgreSQL in %s: %w", o.Data, err)
	}
	return s, nil
}

// open does what Start does under the lock, and lets go of it on failure.
func (s *Server) open(ctx context.Context, binGiven bool) (err error) {
	began := time.Now()
	supervised := false
	defer func() {
		if err == nil {
			return
		}
		if !supervised {
			close(s.done)
		}
		s.Stop() // the error of the start is the one to tell
		if cause := ctx.Err(); cause != nil {
			err = cause
		}
	}()
	if s.bin, err = matchingBin(s.bin, binGiven, s.place.pg); err != nil {
		return err
	}
	if err = s.initialise(ctx); err != nil {
		return err
	}
	if s.socket, err = s.place.socketFolder(ctx); err != nil {
		return err
	}
	first := make(chan error, 1)
	supervised = true
	go s.supervise(first)
	select {
	case err = <-first:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	if err = s.CreateDatabase(ctx, "fieldwork"); err != nil {
		return err
	}
	s.log.Info("private PostgreSQL is running", "folder", s.place.pg, "programs", s.bin,
		"took", time.Since(began).Round(time.Millisecond))
	return nil
}

// URL is the connection URL of a database of this server, for lib/pq and for
// psql. It stays valid when the server restarts.
func (s *Server) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database}
	u.RawQuery = url.Values{"host": {s.socket}, "port": {port}, "sslmode": {"disable"}}.Encode()
	return u.String()
}

// Stop shuts the server down: running transactions are rolled back, and what
// was committed is written. It returns when postgres is gone, after about 20
// seconds at most, and with an error if it had to be killed. Calling it again
// waits for the same end. It does nothing to a server found by Running.
func (s *Server) Stop() error {
	if s.end == nil {
		return nil
	}
	s.end()
	<-s.done
	s.release.Do(func() {
		s.place.tidy(s.socket)
		// The file stays: to delete a lock others may wait for is a race.
		s.lock.Truncate(0)
		s.lock.Close()
	})
	return s.stopErr
}

// Discard stops the server and deletes its cluster, wherever it lives. It is
// for the clusters of tests: deleting Options.Data alone leaves a cluster
// behind when Data holds only a link to it.
func (s *Server) Discard() error {
	if s.end == nil {
		return errors.New("the server belongs to another process")
	}
	stopped := s.Stop()
	lock, err := takeLock(context.Background(), s.place.lock()) // another may serve it by now
	if errors.Is(err, fs.ErrNotExist) {
		return stopped // somebody has deleted everything already
	} else if err != nil {
		return fmt.Errorf("discard %s: %w", s.place.pg, err)
	}
	defer lock.Close()
	return errors.Join(stopped, s.place.remove())
}

// Exited is closed when the running postmaster dies without Stop; the server
// is then starting another, for which Exited returns another channel. For a
// server found by Running it never closes.
func (s *Server) Exited() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.exited
}

// Running finds the private server of a data folder that another process
// started. If that process is just starting it, or starting it again, Running
// waits some seconds. Only the account that runs postgres, or root, can use
// the answer; for others it is false.
func Running(data string) (*Server, bool) {
	pg, ok := resolve(data)
	if !ok {
		return nil, false
	}
	for deadline := time.Now().Add(5 * time.Second); ; {
		pf, err := readPidFile(pg)
		if err == nil && pf.socket != "" && isPostmaster(pf.pid, pg) {
			s := &Server{socket: pf.socket, log: slog.New(slog.DiscardHandler)}
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			up, _ := s.ready(ctx)
			cancel()
			if up {
				return s, true
			}
		} else if errors.Is(err, fs.ErrPermission) || !exists(lockOwner(pg+".lock")) {
			return nil, false
		}
		if time.Now().After(deadline) {
			return nil, false
		}
		time.Sleep(20 * time.Millisecond)
	}
}
