// Package fault_test breaks things on purpose: servers and PostgreSQL are
// killed, connections are ended, locks are held, clients go away, and what was
// acknowledged must be there all the same.
//
// Each test is the short form of a case of the fault checklist (FLT-nn). Random
// choices follow a seed, which is printed; FAULT_SEED repeats a run as far as
// the scheduler lets it.
package fault_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"fieldwork/internal/pg/pgtest"
)

// binary is the built program.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "fieldwork-fault-")
		if err != nil {
			fmt.Fprintln(os.Stderr, "fault:", err)
			return 1
		}
		defer func() { _ = os.RemoveAll(dir) }()
		binary = filepath.Join(dir, "fieldwork")
		if out, err := exec.Command("go", "build", "-o", binary, "fieldwork/cmd/fieldwork").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "fault: build: %v\n%s", err, out)
			return 1
		}
		if os.Getenv(pgtest.Env) == "" {
			dsn, stop, err := pgtest.Start(context.Background())
			if err != nil {
				fmt.Fprintln(os.Stderr, "fault:", err)
				return 1
			}
			defer stop()
			_ = os.Setenv(pgtest.Env, dsn)
		}
		return m.Run()
	}())
}

// seeded returns the random choices of a test.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	if s, err := strconv.ParseUint(os.Getenv("FAULT_SEED"), 10, 64); err == nil {
		seed = s
	}
	t.Logf("seed: FAULT_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// eventually polls until ok, or fails after the limit. It returns how long it took.
func eventually(t testing.TB, limit time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !ok() {
		if time.Since(began) > limit {
			t.Fatalf("not within %v: %s", limit, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return time.Since(began)
}

// process is a running program of ours.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string        // of a server
	done chan struct{} // closed when it has ended

	mu  sync.Mutex
	log bytes.Buffer
}

// launch starts the program in a process group of its own.
func launch(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(binary, args...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "DATABASE_URL=")
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.Stderr = p
	p.cmd.WaitDelay = 5 * time.Second
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.signal(syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(40 * time.Second):
			p.signal(syscall.SIGKILL)
			<-p.done
		}
		if t.Failed() {
			t.Logf("log of %v:\n%s", args, tail(p.said(), 6000))
		}
	})
	return p
}

// serve starts a server and waits until it tells its address.
func serve(t *testing.T, args ...string) *process {
	t.Helper()
	p := launch(t, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	eventually(t, time.Minute, "the server tells its address", func() bool {
		select {
		case <-p.done:
			t.Fatalf("the server ended (%s):\n%s", p.cmd.ProcessState, p.said())
		default:
		}
		for line := range strings.Lines(p.said()) {
			if _, rest, ok := strings.Cut(line, "msg=serving address="); ok {
				p.url = strings.TrimSpace(rest)
			}
		}
		return p.url != ""
	})
	return p
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// signal reaches the whole process group, as long as the program has not ended:
// later, its number may be another's.
func (p *process) signal(s syscall.Signal) {
	select {
	case <-p.done:
	default:
		_ = syscall.Kill(-p.cmd.Process.Pid, s)
	}
}

func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// exit waits for the end and returns the exit code.
func (p *process) exit(limit time.Duration) int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(limit):
		p.t.Fatalf("still running after %v:\n%s", limit, tail(p.said(), 4000))
	}
	return p.cmd.ProcessState.ExitCode()
}

// command runs a command that ends by itself and returns what it printed.
func command(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append(os.Environ(), "DATABASE_URL=")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("fieldwork %v: %v\n%s%s", args, err, out, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

func tail(s string, n int) string {
	if len(s) > n {
		return "..." + s[len(s)-n:]
	}
	return s
}

// dataFolder makes a folder for a private PostgreSQL, which is gone from it, and
// the folder too, when the test has ended.
func dataFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "fieldwork-fault-data-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // postgres runs under another account when we are root
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// A PostgreSQL whose server was killed shuts down by itself.
		eventually(t, 30*time.Second, "PostgreSQL leaves "+dir, func() bool { return len(serversOf(dir)) == 0 })
		_ = os.RemoveAll(dir)
	})
	return dir
}

// serversOf returns the processes of PostgreSQL that serve a data folder, the
// postmaster first.
func serversOf(data string) []int {
	b, err := os.ReadFile(filepath.Join(data, "pg", "postmaster.pid"))
	if err != nil {
		return nil
	}
	line, _, _ := strings.Cut(string(b), "\n")
	master, err := strconv.Atoi(line)
	if err != nil || syscall.Kill(master, 0) != nil {
		return nil
	}
	pids := []int{master}
	for _, pid := range processes() {
		if parentOf(pid) == master {
			pids = append(pids, pid)
		}
	}
	return pids
}

func processes() []int {
	names, _ := filepath.Glob("/proc/[0-9]*")
	var out []int
	for _, n := range names {
		if pid, err := strconv.Atoi(filepath.Base(n)); err == nil {
			out = append(out, pid)
		}
	}
	return out
}

func parentOf(pid int) int {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }()
	for s := bufio.NewScanner(f); s.Scan(); {
		if v, ok := strings.CutPrefix(s.Text(), "PPid:"); ok {
			n, _ := strconv.Atoi(strings.TrimSpace(v))
			return n
		}
	}
	return 0
}

// needProc skips tests that find PostgreSQL's processes.
func needProc(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("needs /proc to find the processes of PostgreSQL")
	}
}

// answers says whether a path is answered with a status.
func answers(url string, status int) bool {
	c := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := c.Get(url)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == status
}
