package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// account is who runs PostgreSQL's programs. nil is the account of this
// process; it is another one only when this process is root, because
// PostgreSQL refuses to run as root.
type account struct {
	name     string
	uid, gid uint32
}

// accountNames are tried in this order. nobody is everywhere, but is shared
// with other programs: better than not to run, worse than an own account.
var accountNames = []string{"postgres", "fieldwork", "nobody"}

// chooseAccount returns who shall serve the cluster in pg. A cluster that
// exists is served by its owner: PostgreSQL accepts nobody else, and which
// accounts exist may have changed since it was made.
func chooseAccount(pg string) (*account, error) {
	uid := uint32(os.Geteuid())
	owner, gid, err := ownerOf(pg)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if uid != 0 {
			return nil, nil
		}
		for _, name := range accountNames {
			if u, err := user.Lookup(name); err == nil {
				return accountOf(u)
			}
		}
		return nil, fmt.Errorf("PostgreSQL refuses to run as root, and none of the accounts %s exists: make one (useradd --system fieldwork), or do not run as root", strings.Join(accountNames, ", "))
	case err != nil:
		return nil, err
	case owner == uid && uid != 0:
		return nil, nil
	case uid != 0:
		return nil, fmt.Errorf("%s belongs to %s, and only that account or root can serve it; this program runs as %s", pg, nameOf(owner), nameOf(uid))
	case owner == 0:
		return nil, fmt.Errorf("%s belongs to root, and PostgreSQL refuses to run as root: give it to another account (chown -R postgres %s)", pg, pg)
	}
	return &account{name: nameOf(owner), uid: owner, gid: gid}, nil
}

func accountOf(u *user.User) (*account, error) {
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &account{name: u.Username, uid: uint32(uid), gid: uint32(gid)}, nil
}

func ownerOf(path string) (uid, gid uint32, err error) {
	info, err := os.Lstat(path)
	if err != nil {
		return 0, 0, err
	}
	st := info.Sys().(*syscall.Stat_t)
	return st.Uid, st.Gid, nil
}

func nameOf(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return "account " + id
}

// command prepares a program to run as the account, apart from everything of
// ours that could reach it: the environment (PGDATA, LC_ALL, ...), the working
// folder, which the account may not be able to enter, and the process group,
// so that Ctrl-C in a terminal reaches only this process, which then shuts
// postgres down in order.
func (a *account) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + safePath, "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if a != nil {
		// No Groups: the supplementary groups of root are cleared.
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return cmd
}

const safePath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// run runs a program that ends by itself; the error contains what it printed.
func (a *account) run(ctx context.Context, program string, args ...string) error {
	cmd := a.command(ctx, program, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second // initdb killed: its child may hold the pipe open
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, fs.ErrPermission) {
			return a.cannotRun(program, err)
		}
		return fmt.Errorf("%s: %w\n%s", program, err, bytes.TrimSpace(out.Bytes()))
	}
	return nil
}

// canReach reports whether the account can enter a folder. Only the kernel
// knows (modes, access lists, mount options), so a shell of that account asks.
func (a *account) canReach(ctx context.Context, folder string) bool {
	return a == nil || a.run(ctx, "/bin/sh", "-c", `cd -- "$0"`, folder) == nil
}

// cannotRun explains why the kernel refuses to run a program that this process
// has seen.
func (a *account) cannotRun(program string, err error) error {
	if a == nil {
		return err
	}
	return fmt.Errorf("as root PostgreSQL runs as the account %s, which cannot reach %s: %w", a.name, program, err)
}

// own gives a file or folder of this process to the account.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}
