package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// pidFile is what postmaster.pid says: line 1 is the pid, line 5 the folder of
// the socket, line 7 the shared memory.
type pidFile struct {
	pid    int
	socket string // "" in the first moments of a postmaster
	text   []byte
}

func pidPath(pg string) string { return filepath.Join(pg, "postmaster.pid") }

func readPidFile(pg string) (pidFile, error) {
	// The folder belongs to another account, which may have put a link here
	// for root to follow.
	f, err := os.OpenFile(pidPath(pg), os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return pidFile{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 64<<10))
	if err != nil {
		return pidFile{}, err
	}
	lines := strings.Split(string(text), "\n")
	pf := pidFile{text: text}
	pf.pid, _ = strconv.Atoi(strings.TrimSpace(lines[0]))
	if len(lines) > 4 {
		pf.socket = lines[4]
	}
	return pf, nil
}

// clearRemains makes way for a new postmaster, with the lock held: whatever is
// there has no owner. A live postmaster is shut down rather than adopted: it
// may have other settings, and only a parent hears of the death of its child.
func (s *Server) clearRemains() error {
	pg := s.place.pg
	pf, err := readPidFile(pg)
	if err == nil && isPostmaster(pf.pid, pg) {
		s.log.Warn("shutting down a PostgreSQL that outlived the process that started it", "pid", pf.pid, "folder", pg)
		if err := s.endOrphan(pf.pid); err != nil {
			return err
		}
		pf, err = readPidFile(pg)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	default:
		if err := disarm(pg, pf); err != nil {
			return err
		}
	}
	// No postmaster is alive, so these are stale. postgres would refuse to
	// start if the pid in the second is in use again.
	os.Remove(filepath.Join(s.socket, socketName))
	os.Remove(filepath.Join(s.socket, socketName+".lock"))
	return nil
}

// disarm makes postgres accept a stale postmaster.pid whose pid may be in use
// by another program, or by a zombie. Deleting the file would do, but line 7
// is how postgres finds children of the dead postmaster that are still at
// work. So the pid is replaced by ours: postgres takes the pid of its parent
// for stale.
func disarm(pg string, pf pidFile) error {
	_, rest, ok := bytes.Cut(pf.text, []byte("\n"))
	if !ok || pf.pid <= 0 {
		return os.Remove(pidPath(pg)) // empty or cut short by a power cut
	}
	f, err := os.OpenFile(pidPath(pg), os.O_WRONLY|os.O_TRUNC|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%d\n%s", os.Getpid(), rest)
	return errors.Join(err, f.Close())
}

// endOrphan shuts down a postmaster that is not our child.
func (s *Server) endOrphan(pid int) error {
	orphan, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	defer orphan.Release()
	err = s.escalate(orphan.Signal, func(wait time.Duration) bool {
		for deadline := time.Now().Add(wait); isPostmaster(pid, s.place.pg); {
			if time.Now().After(deadline) {
				return false
			}
			time.Sleep(10 * time.Millisecond)
		}
		return true
	})
	if err != nil && isPostmaster(pid, s.place.pg) {
		return fmt.Errorf("PostgreSQL process %d serves the folder and cannot be ended: %w", pid, err)
	}
	return nil
}

// isPostmaster reports whether a live process is the postmaster of the cluster
// in pg, and not another program that got its pid. Every server process of
// PostgreSQL works in the folder of its cluster, and keeps that to the end; a
// zombie works nowhere.
func isPostmaster(pid int, pg string) bool {
	if pid <= 0 {
		return false
	}
	proc := "/proc/" + strconv.Itoa(pid)
	if _, err := os.Stat("/proc/self/cwd"); err != nil {
		out, _ := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
		return servesByCommand(strings.Replace(string(out), " ", "\x00", 1), pg) // no /proc: macOS, BSD
	}
	cwd, err := os.Readlink(proc + "/cwd")
	switch {
	case err == nil:
		return cwd == pg && isPostgres(proc)
	case errors.Is(err, fs.ErrPermission):
		// Root without CAP_SYS_PTRACE, as in most containers, may not ask
		// about other accounts' processes; their command line is public.
		line, _ := os.ReadFile(proc + "/cmdline")
		return servesByCommand(string(line), pg)
	}
	return false
}

// servesByCommand looks for how launchOnce starts postgres.
func servesByCommand(line, pg string) bool {
	program, args, _ := strings.Cut(line, "\x00")
	args = strings.ReplaceAll(strings.TrimSpace(args), "\x00", " ")
	return filepath.Base(program) == "postgres" && strings.HasPrefix(args+" ", "-D "+pg+" ")
}

func isPostgres(proc string) bool {
	name, err := os.ReadFile(proc + "/comm")
	return err == nil && strings.HasPrefix(string(name), "postgres")
}

// killStrays kills the children of a dead postmaster: one that computes for
// minutes does not look up before it is done, and nobody hears its answer. It
// is safe for the data, which is recovered in any case. Without /proc, or
// without permission to look, it does nothing and the caller waits.
func killStrays(pg string) {
	procs, _ := filepath.Glob("/proc/[0-9]*")
	for _, proc := range procs {
		if cwd, err := os.Readlink(proc + "/cwd"); err != nil || cwd != pg || !isPostgres(proc) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(proc)); err == nil {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// exists reports whether a process has this pid and is more than a zombie.
func exists(pid int) bool {
	if pid <= 0 {
		return false
	}
	if err := syscall.Kill(pid, 0); err != nil && !errors.Is(err, syscall.EPERM) {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return true
	}
	_, state, _ := bytes.Cut(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" "))
	return !bytes.HasPrefix(state, []byte("Z"))
}
