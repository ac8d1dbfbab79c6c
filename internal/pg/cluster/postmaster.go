package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const (
	// port only names the socket: postgres does not listen on the network.
	port       = "5432"
	socketName = ".s.PGSQL." + port

	// longestSocket is what fits into sun_path, less its final NUL: 103 bytes
	// on macOS and BSD. Linux has 107.
	longestSocket = 103

	longestLog = 10 << 20 // bytes, looked at when postgres starts
)

// settings are given on the command line, where they win over whatever
// postgresql.conf says, and hold for clusters that older programs made.
func (s *Server) settings() []string {
	connections := map[bool]string{true: "100", false: "400"}[s.durable] // many tests share one cluster
	onOff := map[bool]string{true: "on", false: "off"}[s.durable]
	return []string{
		"listen_addresses=",
		"port=" + port,
		"unix_socket_directories=" + s.socket,
		"unix_socket_permissions=0700",
		"max_connections=" + connections,
		"shared_buffers=256MB", // memory is taken page by page as it is used
		"timezone=UTC",
		"log_timezone=UTC",
		"lc_messages=C", // launch reads the log
		"log_line_prefix=%m [%p] %d ",
		"log_min_error_statement=panic", // statements hold people's data
		"logging_collector=off",         // log to stderr, which is our file
		"random_page_cost=1.1",          // no disk turns any more
		"jit=off",                       // costs more than it saves on short statements
		"max_wal_size=2GB",
		"min_wal_size=256MB",
		"wal_compression=on",
		"fsync=" + onOff,
		"synchronous_commit=" + onOff,
		"full_page_writes=" + onOff,
	}
}

// process is one life of a postmaster that this process started.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended; cmd.ProcessState says how
}

// supervise runs postgres until Stop. It sends on first how the first start
// went; if that failed it gives up, later failures it survives.
//
// It keeps its thread: the kernel tells postgres to shut down when the thread
// that started it ends, which must not happen before this process does.
func (s *Server) supervise(first chan<- error) {
	runtime.LockOSThread()
	defer close(s.done)
	defer s.end()
	p, err := s.launch()
	first <- err
	if err != nil {
		return
	}
	for {
		select {
		case <-s.life.Done():
			s.stopErr = s.shutdown(p)
			return
		case <-p.done:
		}
		s.log.Error("PostgreSQL died; starting it again", "state", p.cmd.ProcessState.String(), "log", s.place.logFile())
		s.mu.Lock()
		close(s.exited)
		s.exited = make(chan struct{})
		s.mu.Unlock()
		if p = s.relaunch(); p == nil {
			return
		}
	}
}

// relaunch tries until postgres runs again, or Stop. There is no last try: a
// full disk is emptied some day, and then no hand should be needed.
func (s *Server) relaunch() *process {
	began := time.Now()
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		p, err := s.launch()
		if err == nil {
			s.log.Info("PostgreSQL is running again", "took", time.Since(began).Round(time.Millisecond))
			return p
		}
		if s.life.Err() != nil {
			return nil
		}
		s.log.Error("PostgreSQL does not start; trying again", "err", err)
		if pause(s.life, wait) != nil {
			return nil
		}
	}
}

// errRemains says that something of a killed postmaster is still there. It
// goes away by itself, or by killStrays.
var errRemains = errors.New("remains of an earlier PostgreSQL")

// launch starts postgres and returns when it accepts connections. It is
// patient with the remains of a killed one: its children notice the loss, and
// let go of the shared memory, some tens of milliseconds later, or only at the
// end of a long computation.
func (s *Server) launch() (*process, error) {
	began := time.Now()
	for {
		p, err := s.launchOnce()
		if !errors.Is(err, errRemains) || time.Since(began) > 10*time.Second {
			return p, err
		}
		if time.Since(began) > 500*time.Millisecond {
			killStrays(s.place.pg)
		}
		if err := pause(s.life, 50*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

func (s *Server) launchOnce() (*process, error) {
	if err := s.clearRemains(); err != nil {
		return nil, err
	}
	log, err := s.openLog()
	if err != nil {
		return nil, err
	}
	defer log.Close()
	before, _ := log.Seek(0, io.SeekEnd)

	args := []string{"-D", s.place.pg} // isPostmaster looks for this
	for _, setting := range s.settings() {
		args = append(args, "-c", setting)
	}
	// Not s.life: its end must shut postgres down, not kill it.
	cmd := s.place.account.command(context.Background(), filepath.Join(s.bin, "postgres"), args...)
	cmd.Stdout, cmd.Stderr = log, log
	endWithParent(cmd.SysProcAttr)
	if err := cmd.Start(); err != nil {
		return nil, s.place.account.cannotRun(cmd.Path, err)
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		cmd.Wait() // the state in cmd says it all
		close(p.done)
	}()
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		up, err := s.ready(s.life)
		switch {
		case up:
			return p, nil
		case err != nil:
			s.shutdown(p)
			return nil, err
		}
		select {
		case <-p.done:
			return nil, whyEnded(p, log, before)
		case <-s.life.Done():
			return nil, errors.Join(s.life.Err(), s.shutdown(p))
		case <-time.After(wait):
		}
	}
}

// whyEnded makes an error of what postgres wrote to its log since it started.
func whyEnded(p *process, log *os.File, since int64) error {
	said, _ := io.ReadAll(io.NewSectionReader(log, since, 8<<10))
	text := string(bytes.TrimSpace(said))
	err := fmt.Errorf("postgres ended (%s) and said:\n%s", p.cmd.ProcessState, text)
	if strings.Contains(text, "pre-existing shared memory block") ||
		strings.Contains(text, "lock file") && strings.Contains(text, "already exists") {
		return fmt.Errorf("%w: %w", errRemains, err)
	}
	return err
}

// openLog opens the log for appending, and puts a long one aside first.
func (s *Server) openLog() (*os.File, error) {
	name := s.place.logFile()
	if info, err := os.Stat(name); err == nil && info.Size() > longestLog {
		if err := os.Rename(name, name+".1"); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
}

// shutdown ends a postmaster: fast, then without a checkpoint, then hard.
func (s *Server) shutdown(p *process) error {
	return s.escalate(p.cmd.Process.Signal, func(wait time.Duration) bool {
		select {
		case <-p.done:
			return true
		case <-time.After(wait):
			return false
		}
	})
}

func (s *Server) escalate(signal func(os.Signal) error, gone func(time.Duration) bool) error {
	steps := []struct {
		signal syscall.Signal
		wait   time.Duration
	}{
		{syscall.SIGINT, 10 * time.Second}, // fast: rolls back, writes everything
		{syscall.SIGQUIT, 5 * time.Second}, // immediate: the next start recovers
		{syscall.SIGKILL, 5 * time.Second},
	}
	for i, step := range steps {
		if err := signal(step.signal); err != nil && !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop PostgreSQL: %w", err)
		}
		if !gone(step.wait) {
			s.log.Warn("PostgreSQL does not end", "signal", step.signal.String(), "waited", step.wait)
			continue
		}
		if step.signal == syscall.SIGKILL {
			killStrays(s.place.pg)
		}
		if i > 0 {
			return fmt.Errorf("PostgreSQL did not end within %s and had to be ended by the signal %s", steps[0].wait, step.signal)
		}
		return nil
	}
	return errors.New("PostgreSQL does not end, not even when killed")
}
