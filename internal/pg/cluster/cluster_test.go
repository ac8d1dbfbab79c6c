package cluster

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary play another fieldwork process: one that
// serves the folder named in the environment until it is killed or told to
// stop by the end of its input.
func TestMain(m *testing.M) {
	if data := os.Getenv("CLUSTER_TEST_SERVE"); data != "" {
		s, err := Start(context.Background(), Options{Data: data, Durable: true})
		if err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		fmt.Println("serving")
		bufio.NewReader(os.Stdin).ReadString('\n')
		if err := s.Stop(); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		return
	}
	m.Run()
}

// openFolder is a folder other accounts can enter; t.TempDir is not.
func openFolder(t *testing.T) string {
	t.Helper()
	folder := closedFolder(t)
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}

func closedFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "cluster-test-") // 0700
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	return folder
}

func start(t *testing.T, data string) *Server {
	t.Helper()
	return startWith(t, Options{Data: data})
}

func startWith(t *testing.T, o Options) *Server {
	t.Helper()
	data := o.Data
	o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Discard(); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(filepath.Join(data, "pg")); !os.IsNotExist(err) {
			t.Errorf("something is left of the cluster: %v", err)
		}
	})
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func do(t *testing.T, s *Server, statement string) {
	t.Helper()
	db := open(t, s.URL("fieldwork"))
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func ask(t *testing.T, s *Server, query string) string {
	t.Helper()
	db := open(t, s.URL("fieldwork"))
	defer db.Close()
	var answer string
	if err := db.QueryRow(query).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return answer
}

func want(t *testing.T, s *Server, query, answer string) {
	t.Helper()
	if got := ask(t, s, query); got != answer {
		t.Errorf("%s: %q, want %q", query, got, answer)
	}
}

// eventually polls, with a deadline.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

func postmaster(t *testing.T, s *Server) int {
	t.Helper()
	pf, err := readPidFile(s.place.pg)
	if err != nil {
		t.Fatal(err)
	}
	return pf.pid
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

func TestStartStopAndStartAgain(t *testing.T) {
	t.Parallel()
	data := filepath.Join(openFolder(t), "deep", ".fieldwork")
	if _, ok := Running(data); ok {
		t.Error("running before it was started")
	}
	s := start(t, data)
	do(t, s, `CREATE TABLE kept AS SELECT 7 AS n`)
	pid := postmaster(t, s)
	stop(t, s)
	stop(t, s)
	if isPostmaster(pid, s.place.pg) {
		t.Error("postgres survives Stop")
	}
	if _, err := os.Lstat(s.socket); !os.IsNotExist(err) {
		t.Errorf("the folder of the socket survives Stop: %v", err)
	}
	if _, ok := Running(data); ok {
		t.Error("running after it was stopped")
	}
	select {
	case <-s.Exited():
		t.Error("Stop counts as a death")
	default:
	}
	s = start(t, data)
	want(t, s, `SELECT n FROM kept`, "7")
}

func TestServer(t *testing.T) {
	t.Parallel()
	data := openFolder(t)
	s := start(t, data)

	t.Run("knows the letters of every language", func(t *testing.T) {
		want(t, s, `SELECT upper('é') || lower('ÄЖ')`, "Éäж")
		want(t, s, `SELECT '大客户' ~ '^[[:alnum:]]+$'`, "true")
		want(t, s, `SELECT datctype <> 'C' AND datctype <> 'POSIX' FROM pg_database WHERE datname = current_database()`, "true")
		want(t, s, `SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()`, "UTF8")
		do(t, s, `CREATE EXTENSION pg_trgm`)
		want(t, s, `SELECT cardinality(show_trgm('大客户')) > 0`, "true")
	})

	t.Run("has the settings of a private server", func(t *testing.T) {
		for setting, value := range map[string]string{
			"listen_addresses": "", "TimeZone": "UTC", "jit": "off", "fsync": "off",
			"max_connections": "400", "shared_buffers": "256MB", "data_checksums": "on",
		} {
			want(t, s, `SELECT current_setting('`+setting+`')`, value)
		}
	})

	t.Run("keeps other accounts out", func(t *testing.T) {
		for _, folder := range []string{s.socket, s.place.pg} {
			info, err := os.Stat(folder)
			if err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("%s: %v, %v; want 0700", folder, info.Mode(), err)
			}
		}
	})

	t.Run("runs without the rights and environment of root", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Skip("not root")
		}
		proc := fmt.Sprintf("/proc/%d/", postmaster(t, s))
		status, err := os.ReadFile(proc + "status")
		if err != nil {
			t.Skip(err)
		}
		if !strings.Contains(string(status), "\nGroups:\t \n") || strings.Contains(string(status), "\nUid:\t0\t") {
			t.Errorf("postgres has root's account or groups:\n%s", status)
		}
		environ, err := os.ReadFile(proc + "environ")
		if err != nil || strings.Contains(string(environ), "HOME=") {
			t.Errorf("the environment is not clean: %q, %v", environ, err)
		}
	})

	t.Run("has a URL that psql understands", func(t *testing.T) {
		bin, err := FindBin("")
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(filepath.Join(bin, "psql"), "-XAtc", "SELECT current_user || '@' || current_database()", s.URL("fieldwork")).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != "fieldwork@fieldwork" {
			t.Errorf("%q, %v", got, err)
		}
	})

	t.Run("makes and copies databases of any name", func(t *testing.T) {
		name := `it's a "name", 大 %20?&`
		for range 2 {
			if err := s.CreateDatabase(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
		db := open(t, s.URL(name))
		if _, err := db.Exec(`CREATE TABLE kept AS SELECT 7 AS n`); err != nil {
			t.Fatal(err)
		}
		db.Close()

		began := time.Now()
		if err := s.CreateDatabaseFrom(t.Context(), "copy", name); err != nil {
			t.Fatal(err)
		}
		t.Logf("copied in %v", time.Since(began))
		var n int
		if err := open(t, s.URL("copy")).QueryRow(`SELECT n FROM kept`).Scan(&n); err != nil || n != 7 {
			t.Errorf("the copy has %d, %v", n, err)
		}
		if err := s.CreateDatabaseFrom(t.Context(), "copy", name); err == nil {
			t.Error("a copy over an existing database succeeds")
		}
	})

	t.Run("waits for the last to leave a template", func(t *testing.T) {
		if err := s.CreateDatabase(t.Context(), "template"); err != nil {
			t.Fatal(err)
		}
		db := open(t, s.URL("template"))
		if err := db.Ping(); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(300*time.Millisecond, func() { db.Close() })
		if err := s.CreateDatabaseFrom(t.Context(), "second", "template"); err != nil {
			t.Error(err)
		}
	})

	t.Run("makes a database once for many", func(t *testing.T) {
		errs := make(chan error)
		for range 4 {
			go func() { errs <- s.CreateDatabase(t.Context(), "many") }()
		}
		for range 4 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestDurableServerSyncs(t *testing.T) {
	t.Parallel()
	s := startWith(t, Options{Data: openFolder(t), Durable: true})
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		want(t, s, `SELECT current_setting('`+setting+`')`, "on")
	}
}

func TestRotatesALongLog(t *testing.T) {
	t.Parallel()
	data := openFolder(t)
	name := filepath.Join(data, "postgres.log")
	if err := os.WriteFile(name, make([]byte, longestLog+1), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, data)
	old, err := os.Stat(name + ".1")
	if err != nil || old.Size() <= longestLog {
		t.Errorf("the long log was not put aside: %v", err)
	}
	now, err := os.Stat(name)
	if err != nil || now.Size() == 0 || now.Size() > longestLog {
		t.Errorf("no new log: %v", err)
	}
}
