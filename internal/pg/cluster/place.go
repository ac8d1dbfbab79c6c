package cluster

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// place is where the parts of one cluster are.
//
// The cluster is Data/pg. When root's Data lies below a folder that is closed
// to other accounts (/root), the account that runs postgres cannot get there,
// and no mode of Data/pg itself helps. The cluster then lives in a folder of
// its own and Data/pg is a symbolic link to it: people see where their data
// is, and moving Data does not lose it.
type place struct {
	data    string   // Options.Data, absolute and free of links
	pg      string   // the cluster itself, free of links
	account *account // who serves it
}

func (p place) lock() string    { return p.pg + ".lock" }
func (p place) logFile() string { return filepath.Join(p.data, "postgres.log") }

// settle decides where the cluster of a data folder is, or is to be. Asked
// again, it gives the same answer.
func settle(ctx context.Context, data string, durable bool, log *slog.Logger) (place, error) {
	if data == "" {
		return place{}, errors.New("no data folder given")
	}
	data, err := makeData(data)
	if err != nil {
		return place{}, err
	}
	p := place{data: data}
	link := filepath.Join(data, "pg")
	if target, err := os.Readlink(link); err == nil {
		return p.linked(ctx, link, target, log)
	}
	p.pg = link
	if p.account, err = chooseAccount(p.pg); err != nil {
		return place{}, err
	}
	if _, err := os.Lstat(p.pg); err == nil {
		// Never fall back from data that exists: people would see an empty database.
		if !p.account.canReach(ctx, p.pg) {
			return place{}, errors.Join(ctx.Err(), fmt.Errorf("the account %s cannot reach its folder %s: open the folders above it (chmod o+x), or move it", p.account.name, p.pg))
		}
		return p, nil
	}
	if p.account.canReach(ctx, data) {
		return p, nil
	}
	for _, parent := range elsewhere(data, durable) {
		if prepare(parent) != nil {
			continue
		}
		if !p.account.canReach(ctx, parent) {
			os.Remove(parent)
			continue
		}
		p.pg = filepath.Join(parent, "pg")
		if err := os.Symlink(p.pg, link); err != nil {
			return place{}, err
		}
		log.Warn("the data folder cannot be reached by the account PostgreSQL runs as; the cluster lives elsewhere",
			"folder", data, "account", p.account.name, "cluster", p.pg)
		return p, nil
	}
	return place{}, errors.Join(ctx.Err(), fmt.Errorf("the account %s, which runs PostgreSQL, cannot reach %s, nor any folder to use instead: choose another data folder", p.account.name, data))
}

// linked settles a place whose cluster was put elsewhere before. What it
// points to may have been cleared away, as folders for temporary files are.
func (p place) linked(ctx context.Context, link, target string, log *slog.Logger) (place, error) {
	if !filepath.IsAbs(target) {
		target = filepath.Join(p.data, target)
	}
	if err := prepare(filepath.Dir(target)); err != nil {
		return place{}, fmt.Errorf("%s is a link to %s: %w", link, target, err)
	}
	parent, err := filepath.EvalSymlinks(filepath.Dir(target))
	if err != nil {
		return place{}, err
	}
	p.pg = filepath.Join(parent, filepath.Base(target))
	if p.account, err = chooseAccount(p.pg); err != nil {
		return place{}, err
	}
	if !p.account.canReach(ctx, parent) {
		return place{}, errors.Join(ctx.Err(), fmt.Errorf("the account %s cannot reach %s, where the link %s points", p.account.name, parent, link))
	}
	log.Warn("the data folder holds a link to its cluster", "folder", p.data, "cluster", p.pg)
	return p, nil
}

// resolve finds the cluster of a data folder without making anything.
func resolve(data string) (pg string, ok bool) {
	abs, err := filepath.Abs(data)
	if err != nil {
		return "", false
	}
	pg, err = filepath.EvalSymlinks(filepath.Join(abs, "pg"))
	return pg, err == nil
}

// makeData makes the data folder and returns its one true name: the name is
// hashed, and compared with what the kernel says of processes.
func makeData(data string) (string, error) {
	abs, err := filepath.Abs(data)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(abs); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(abs, 0o755); err != nil {
			return "", err
		}
		// A strict umask must not close our own folder to our own account.
		if err := os.Chmod(abs, 0o755); err != nil {
			return "", err
		}
	}
	return filepath.EvalSymlinks(abs)
}

// elsewhere lists the folders to use when the data folder will not do, for the
// cluster or for the socket. Folders for temporary files are swept by age, and
// a sweep of a database destroys it, so a durable cluster goes to /var/lib.
func elsewhere(data string, durable bool) []string {
	key := fmt.Sprintf("%x", sha256.Sum256([]byte(data)))[:12]
	bases := []string{os.TempDir(), "/tmp", "/var/tmp"}
	if durable {
		bases = append([]string{"/var/lib"}, bases...)
	}
	for i, base := range bases {
		bases[i] = filepath.Join(base, "fieldwork-"+key)
	}
	return bases
}

// prepare makes a folder of ours that others may enter. Its name can be
// guessed, so another account may have made it first to read our data, or to
// have root write where it likes: such a folder is refused.
func prepare(folder string) error {
	if err := os.Mkdir(folder, 0o755); err == nil {
		return os.Chmod(folder, 0o755) // whatever the umask is
	} else if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(folder)
	if err != nil {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t).Uid
	if !info.IsDir() || info.Mode().Perm()&0o022 != 0 || owner != 0 && owner != uint32(os.Geteuid()) {
		return fmt.Errorf("%s is not a folder that only this account or root can write", folder)
	}
	return nil
}

// socketFolder makes the folder of the socket: beside the cluster if the path
// of the socket is short enough for the kernel, else under the temporary
// folders. Only the account itself and root can enter it, which is what keeps
// other people out: there is no password.
func (p place) socketFolder(ctx context.Context) (string, error) {
	beside := filepath.Dir(p.pg)
	var refused error
	for _, parent := range append([]string{beside}, elsewhere(p.data, false)...) {
		folder := filepath.Join(parent, "run")
		// PostgreSQL splits its setting at commas and strips quotes.
		if len(filepath.Join(folder, socketName)) > longestSocket || strings.ContainsAny(folder, `",`) {
			continue
		}
		err := p.makePrivate(parent, folder, parent != beside)
		if err == nil && (parent == beside || p.account.canReach(ctx, folder)) {
			return folder, nil
		}
		refused = errors.Join(refused, err)
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	return "", errors.Join(errors.New("no folder is fit for the socket: its path must be short, and open to the account that runs PostgreSQL"), refused)
}

func (p place) makePrivate(parent, folder string, shared bool) error {
	if shared {
		if err := prepare(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if info, err := os.Lstat(folder); err != nil || !info.IsDir() {
		return errors.Join(err, fmt.Errorf("%s is not a folder", folder))
	}
	if err := p.account.own(folder); err != nil {
		return err
	}
	return os.Chmod(folder, 0o700)
}

// tidy removes the folder of the socket. Folders that still hold something,
// such as the cluster, stay: Remove only takes empty ones.
func (p place) tidy(socket string) {
	if socket == "" {
		return
	}
	os.Remove(socket)
	if parent := filepath.Dir(socket); parent != p.data {
		os.Remove(parent)
	}
}

// remove deletes the cluster and what belongs to it, and leaves the log.
func (p place) remove() error {
	paths := []string{p.pg, p.lock()}
	if parent := filepath.Dir(p.pg); parent != p.data {
		paths = append(paths, parent, filepath.Join(p.data, "pg"))
	}
	var errs []error
	for _, path := range paths {
		errs = append(errs, os.RemoveAll(path)) // of a link, only the link
	}
	return errors.Join(errs...)
}
