package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// takeLock makes this process the owner of a cluster, until the file is closed
// or the process ends, however it ends. The descriptor is close-on-exec, as all
// of Go's are, so postgres does not inherit the lock.
//
// The pid in the file is for people and for messages; the lock decides.
func takeLock(ctx context.Context, path string) (*os.File, error) {
	for deadline := time.Now().Add(5 * time.Second); ; {
		f, err := tryLock(path)
		if f != nil || err != nil {
			return f, err
		}
		// A holder that has no pid, or a dead one, is a process that has just
		// taken the lock or is just letting go of it.
		if pid := lockOwner(path); exists(pid) {
			return nil, fmt.Errorf("already served by process %d", pid)
		}
		if time.Now().After(deadline) {
			return nil, errors.New("already served by another process")
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// tryLock returns nil, nil if another holds the lock.
func tryLock(path string) (_ *os.File, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o644)
	if err != nil {
		return nil, err
	}
	mine := false
	defer func() {
		if !mine {
			f.Close()
		}
	}()
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK), errors.Is(err, syscall.EINTR):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	// Discard deletes the file while it holds it; a lock on a file that has no
	// name any more excludes nobody.
	held, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if named, err := os.Lstat(path); err != nil || !os.SameFile(held, named) {
		return nil, nil
	}
	if err := f.Truncate(0); err != nil {
		return nil, err
	}
	if _, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return nil, err
	}
	mine = true
	return f, nil
}

// lockOwner is the pid in a lock file, 0 if there is none.
func lockOwner(path string) int {
	text, _ := os.ReadFile(path)
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return pid
}

// pause waits, or returns the error of ctx.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
