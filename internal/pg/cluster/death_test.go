package cluster

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// other is another process that serves a folder.
type other struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
}

// serveElsewhere starts program, this test binary, as the account.
func serveElsewhere(t *testing.T, program, data string, as *account) *other {
	t.Helper()
	cmd := as.command(context.Background(), program)
	cmd.Env = append(cmd.Env, "CLUSTER_TEST_SERVE="+data, "TMPDIR="+os.TempDir())
	cmd.Stderr = t.Output()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "serving\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	return &other{cmd, stdin}
}

func (o *other) kill(t *testing.T) {
	t.Helper()
	kill(t, o.cmd.Process.Pid)
	o.cmd.Wait()
}

func (o *other) finish(t *testing.T) {
	t.Helper()
	o.stdin.Close()
	if err := o.cmd.Wait(); err != nil {
		t.Errorf("the other process: %v", err)
	}
}

func lookup(name string) (*account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	return accountOf(u)
}

func TestPostmasterKilledComesBack(t *testing.T) {
	t.Parallel()
	s := startWith(t, Options{Data: openFolder(t), Durable: true}) // else the last commits may be lost
	do(t, s, `CREATE TABLE kept (n int)`)
	for n := range 5 {
		do(t, s, fmt.Sprintf(`INSERT INTO kept VALUES (%d)`, n))
		// Not Exited: one killed before its start was noticed counts as a failed start.
		pid := postmaster(t, s)
		began := time.Now()
		kill(t, pid)
		db := open(t, s.URL("fieldwork"))
		eventually(t, "another server answers", func() bool {
			now, err := readPidFile(s.place.pg)
			return err == nil && now.pid != pid && db.Ping() == nil
		})
		db.Close()
		t.Logf("back after %v", time.Since(began))
		if now := postmaster(t, s); now == pid || !isPostmaster(now, s.place.pg) {
			t.Errorf("postmaster %d after %d", now, pid)
		}
		want(t, s, `SELECT count(*) FROM kept`, fmt.Sprint(n+1))
	}
}

func TestPostmasterKilledWhileItsChildComputes(t *testing.T) {
	t.Parallel()
	s := start(t, openFolder(t))
	busy := open(t, s.URL("fieldwork"))
	go busy.Exec(`SELECT sum(length(repeat('x', 100))) FROM generate_series(1, 10000000000) -- looks up from nothing`)
	eventually(t, "the child computes", func() bool {
		return ask(t, s, `SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%looks up%' AND pid <> pg_backend_pid()`) == "1"
	})
	began := time.Now()
	exited := s.Exited()
	kill(t, postmaster(t, s))
	<-exited
	db := open(t, s.URL("fieldwork"))
	eventually(t, "the server answers", func() bool { return db.Ping() == nil })
	t.Logf("back after %v", time.Since(began))
}

func TestStopWhilePostgresCannotStart(t *testing.T) {
	t.Parallel()
	s := start(t, openFolder(t))
	conf := filepath.Join(s.place.pg, "postgresql.conf")
	good, err := os.ReadFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(conf, append(good, "nonsense\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	exited := s.Exited()
	kill(t, postmaster(t, s))
	<-exited
	said := func() bool {
		text, _ := os.ReadFile(s.place.logFile())
		return strings.Count(string(text), "syntax error") >= 2
	}
	eventually(t, "it has tried twice", said)
	stop(t, s)
}

func TestOwnerKilled(t *testing.T) {
	t.Parallel()
	data := filepath.Join(openFolder(t), ".fieldwork")
	const rounds = 6
	for round := range rounds {
		owner := serveElsewhere(t, os.Args[0], data, nil)
		found, ok := Running(data)
		if !ok {
			t.Fatal("the server of the other process is not found")
		}
		do(t, found, `CREATE TABLE IF NOT EXISTS kept (n int)`)
		do(t, found, fmt.Sprintf(`INSERT INTO kept VALUES (%d)`, round))
		if round%2 == 1 { // both at once
			pf, err := readPidFile(filepath.Join(data, "pg"))
			if err != nil {
				t.Fatal(err)
			}
			kill(t, pf.pid)
		}
		owner.kill(t)

		s := startWith(t, Options{Data: data, Durable: true})
		want(t, s, `SELECT count(*) FROM kept`, fmt.Sprint(round+1))
		if round < rounds-1 {
			stop(t, s)
		}
	}
}

// An owner that died before the kernel could tell postgres so, or on a system
// that does not.
func TestPostmasterThatOutlivedItsOwner(t *testing.T) {
	t.Parallel()
	s := start(t, openFolder(t))
	do(t, s, `CREATE TABLE kept AS SELECT 7 AS n`)
	stop(t, s)
	if err := os.Mkdir(s.socket, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.place.account.own(s.socket); err != nil {
		t.Fatal(err)
	}
	bin, err := FindBin("")
	if err != nil {
		t.Fatal(err)
	}
	orphan := s.place.account.command(context.Background(), filepath.Join(bin, "postgres"),
		"-D", s.place.pg, "-c", "listen_addresses=", "-k", s.socket)
	if err := orphan.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { orphan.Process.Kill(); orphan.Wait() })
	eventually(t, "the orphan serves", func() bool {
		_, ok := Running(s.place.data)
		return ok
	})
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", orphan.Process.Pid))
	if err != nil || !servesByCommand(string(line), s.place.pg) || servesByCommand(string(line), "/other") {
		t.Errorf("not known by its command line %q, %v", line, err)
	}

	s = start(t, s.place.data)
	want(t, s, `SELECT n FROM kept`, "7")
	if isPostmaster(orphan.Process.Pid, s.place.pg) {
		t.Error("two postmasters on one folder")
	}
}

func TestTwoStartsOnOneFolder(t *testing.T) {
	t.Parallel()
	data := openFolder(t)
	s := start(t, data)
	refused := func(pid int) {
		t.Helper()
		_, err := Start(t.Context(), Options{Data: data})
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("already served by process %d", pid)) {
			t.Errorf("err = %v", err)
		}
	}
	refused(os.Getpid())
	want(t, s, `SELECT 7`, "7")
	stop(t, s)

	o := serveElsewhere(t, os.Args[0], data, nil)
	refused(o.cmd.Process.Pid)
	found, ok := Running(data)
	if !ok {
		t.Fatal("the server of the other process is not found")
	}
	want(t, found, `SELECT 7`, "7")
	o.finish(t)
	start(t, data)
}

func TestManyStartsAtOnce(t *testing.T) {
	t.Parallel()
	data := openFolder(t)
	type result struct {
		s   *Server
		err error
	}
	results := make(chan result)
	for range 8 {
		go func() {
			s, err := Start(t.Context(), Options{Data: data})
			results <- result{s, err}
		}()
	}
	served := 0
	for range 8 {
		r := <-results
		if r.err == nil {
			served++
			defer r.s.Discard()
		} else if !strings.Contains(r.err.Error(), "already served by process") {
			t.Error(r.err)
		}
	}
	if served != 1 {
		t.Errorf("%d of 8 serve the folder", served)
	}
}

func TestStaleRemains(t *testing.T) {
	t.Parallel()
	s := start(t, openFolder(t))
	do(t, s, `CREATE TABLE kept AS SELECT 7 AS n`)

	// A real postmaster.pid, as a kill leaves it.
	real, err := readPidFile(s.place.pg)
	if err != nil {
		t.Fatal(err)
	}
	stop(t, s)
	_, rest, _ := strings.Cut(string(real.text), "\n")

	// Another program of the account that runs postgres: for its pid, and only
	// for such a one, postgres refuses to start.
	program := s.place.account.command(context.Background(), "/bin/sleep", "1000")
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Process.Kill(); program.Wait() })
	zombie := s.place.account.command(context.Background(), "/bin/true")
	if err := zombie.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { zombie.Wait() })

	for name, text := range map[string]string{
		"pid of this program":                 fmt.Sprintf("%d\n%s", os.Getpid(), rest),
		"pid of a program of that account":    fmt.Sprintf("%d\n%s", program.Process.Pid, rest),
		"pid of a zombie":                     fmt.Sprintf("%d\n%s", zombie.Process.Pid, rest),
		"pid of init":                         fmt.Sprintf("%d\n%s", 1, rest),
		"pid of nobody":                       string(real.text),
		"empty, after a power cut":            "",
		"cut short":                           "12",
		"not a pid":                           "nonsense\n" + rest,
		"number of a whole group of programs": "-1\n" + rest,
	} {
		t.Run(name, func(t *testing.T) {
			put := func(file, text string) {
				t.Helper()
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := s.place.account.own(file); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Mkdir(s.socket, 0o700); err != nil {
				t.Fatal(err)
			}
			put(pidPath(s.place.pg), text)
			put(filepath.Join(s.socket, socketName), "stale")
			put(filepath.Join(s.socket, socketName+".lock"), text)
			put(s.place.lock(), text)

			again, err := Start(t.Context(), Options{Data: s.place.data})
			if err != nil {
				t.Fatal(err)
			}
			want(t, again, `SELECT n FROM kept`, "7")
			stop(t, again)
		})
	}
	if !exists(program.Process.Pid) {
		t.Error("the other program was ended")
	}
	if exists(zombie.Process.Pid) {
		t.Error("a zombie counts as alive")
	}
}

func TestHalfMadeClusterIsMadeAgain(t *testing.T) {
	t.Parallel()
	data := openFolder(t)
	half := filepath.Join(data, "initdb-123")
	if err := os.MkdirAll(filepath.Join(half, "base"), 0o700); err != nil {
		t.Fatal(err)
	}
	start(t, data)
	if _, err := os.Stat(half); !os.IsNotExist(err) {
		t.Error("the half-made cluster is still there")
	}
}

func TestServerStopsWhenItsOwnerIsKilled(t *testing.T) {
	t.Parallel()
	data := openFolder(t)
	owner := serveElsewhere(t, os.Args[0], data, nil)
	pg, _ := resolve(data)
	pf, err := readPidFile(pg)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pf.pid)); err != nil || len(a) == 0 {
		t.Skip("needs Linux")
	}
	owner.kill(t)
	eventually(t, "postgres ends", func() bool { return !isPostmaster(pf.pid, pg) })
}
