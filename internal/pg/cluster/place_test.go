package cluster

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestDataBelowAFolderClosedToOthers(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root uses another account")
	}
	data := filepath.Join(closedFolder(t), ".fieldwork")
	s := start(t, data)
	target, err := os.Readlink(filepath.Join(data, "pg"))
	if err != nil || target != s.place.pg || strings.HasPrefix(target, data) {
		t.Fatalf("the link leads to %q, %v; the cluster is %s", target, err, s.place.pg)
	}
	do(t, s, `CREATE TABLE kept AS SELECT 7 AS n`)
	stop(t, s)

	moved := filepath.Join(filepath.Dir(data), "moved")
	if err := os.Rename(data, moved); err != nil {
		t.Fatal(err)
	}
	s = start(t, moved)
	want(t, s, `SELECT n FROM kept`, "7")
	stop(t, s)

	// The folders for temporary files were swept.
	if err := os.RemoveAll(filepath.Dir(target)); err != nil {
		t.Fatal(err)
	}
	s = start(t, moved)
	want(t, s, `SELECT to_regclass('kept') IS NULL`, "true")
}

func TestDataThatExistsIsNeverReplacedByAnEmptyCluster(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root uses another account")
	}
	folder := openFolder(t)
	s := start(t, folder)
	stop(t, s)
	if err := os.Chmod(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Options{Data: folder})
	if err == nil || !strings.Contains(err.Error(), "cannot reach its folder") {
		t.Errorf("err = %v", err)
	}
}

func TestPathOfTheSocketIsShort(t *testing.T) {
	t.Parallel()
	for name, folder := range map[string]string{
		"long path":                strings.Repeat("long/", 30),
		"comma, quotes and blanks": `a, "b"`,
	} {
		t.Run(name, func(t *testing.T) {
			data := filepath.Join(openFolder(t), folder)
			s := start(t, data)
			if len(s.socket)+1+len(socketName) > longestSocket {
				t.Errorf("socket in %s", s.socket)
			}
			found, ok := Running(data)
			if !ok || found.URL("fieldwork") != s.URL("fieldwork") {
				t.Fatalf("Running: %v, %v", found, ok)
			}
			want(t, found, `SELECT 7`, "7")
			stop(t, s)
			if _, err := os.Lstat(s.socket); !os.IsNotExist(err) {
				t.Errorf("the folder of the socket survives Stop: %v", err)
			}
		})
	}
}

func TestFolderOfAnotherAccountIsRefused(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(openFolder(t), "fieldwork-guessed")
	if err := prepare(folder); err != nil {
		t.Fatal(err)
	}
	if err := prepare(folder); err != nil {
		t.Errorf("our own folder is refused: %v", err)
	}
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := prepare(folder); err == nil {
		t.Error("a folder that anybody can write is accepted")
	}
	os.Remove(folder)
	if err := os.Symlink("/etc", folder); err != nil {
		t.Fatal(err)
	}
	if err := prepare(folder); err == nil {
		t.Error("a link is accepted")
	}
}

func TestClusterOfAnotherOwner(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root to give files away")
	}
	s := start(t, openFolder(t))
	do(t, s, `CREATE TABLE kept AS SELECT 7 AS n`)
	data := s.place.data
	stop(t, s)
	chown := func(owner string) {
		t.Helper()
		if out, err := exec.Command("chown", "-R", owner, s.place.pg).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}

	chown("root")
	if _, err := Start(t.Context(), Options{Data: data}); err == nil || !strings.Contains(err.Error(), "belongs to root") {
		t.Errorf("a cluster of root: err = %v", err)
	}

	chown("nobody")
	s = start(t, data)
	want(t, s, `SELECT n FROM kept`, "7")
	if uid, _, err := ownerOf(pidPath(s.place.pg)); err != nil || nameOf(uid) != "nobody" {
		t.Errorf("served by %s, %v; want its owner, nobody", nameOf(uid), err)
	}
}

func TestAnOrdinaryAccountServesAsItself(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("the other tests run as an ordinary account already")
	}
	nobody, err := lookup("nobody")
	if err != nil {
		t.Skip(err)
	}
	folder := openFolder(t)
	program := filepath.Join(folder, "program") // go test's own lies in a closed folder
	text, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, text, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(folder, "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := nobody.own(home); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(home, ".fieldwork")
	other := serveElsewhere(t, program, data, nobody)
	found, ok := Running(data)
	if !ok {
		t.Fatal("root does not find the server of an ordinary account")
	}
	want(t, found, `SELECT current_user`, superuser)
	if err := found.Stop(); err != nil {
		t.Error(err)
	}
	want(t, found, `SELECT current_user`, superuser) // Stop is for its owner
	other.finish(t)

	// Root may serve it next, as its owner.
	s := start(t, data)
	want(t, s, `SELECT current_user`, superuser)
}

func TestProgramsThatTheAccountCannotReach(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root uses another account")
	}
	bin := programs(t, filepath.Join(closedFolder(t), "bin"), "15.18")
	_, err := Start(t.Context(), Options{Bin: bin, Data: openFolder(t)})
	if err == nil || !strings.Contains(err.Error(), "cannot reach "+bin) {
		t.Errorf("err = %v", err)
	}
}

func TestCancelledStartLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	data := openFolder(t)
	for after := 20 * time.Millisecond; ; after *= 2 {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		s, err := Start(ctx, Options{Data: data})
		cancel()
		if err == nil {
			s.Discard()
			break // the folder survived every broken start before
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("after %v: %v", after, err)
		}
		if pf, err := readPidFile(filepath.Join(data, "pg")); err == nil && isPostmaster(pf.pid, filepath.Join(data, "pg")) {
			t.Fatalf("after %v: postgres runs", after)
		}
	}
}

func TestAStrictUmaskDoesNotCloseOurOwnFolder(t *testing.T) {
	data := filepath.Join(openFolder(t), ".fieldwork")
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	s := start(t, data)
	if s.place.pg != filepath.Join(s.place.data, "pg") {
		t.Errorf("the cluster is in %s", s.place.pg)
	}
}
