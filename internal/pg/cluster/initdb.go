package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// locales are tried in turn. All of them know the letters of every language
// (upper, lower, [[:alnum:]], pg_trgm), which ctype "C" does not. ICU sorts as
// people expect and alike on every machine; pg_trgm asks libc even then, hence
// the ctype C.UTF-8, which needs no extra locale installed on Linux. The last
// is for older systems of macOS and RHEL without C.UTF-8.
var locales = [][]string{
	{"--locale-provider=icu", "--icu-locale=und", "--locale=C.UTF-8"},
	{"--locale=C.UTF-8"},
	{"--locale=en_US.UTF-8"},
}

// initialise makes the cluster if it is missing. It is made under another name
// and renamed when whole, so a kill in between leaves no half of one.
func (s *Server) initialise(ctx context.Context) error {
	pg := s.place.pg
	parent := filepath.Dir(pg)
	// Remains of a start that was killed. A dying initdb may still write to
	// them, so they are only tidied, never used.
	old, _ := filepath.Glob(filepath.Join(parent, "initdb-*"))
	for _, folder := range old {
		os.RemoveAll(folder)
	}
	if _, err := os.Stat(filepath.Join(pg, "PG_VERSION")); err == nil {
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Remove(pg); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is neither a PostgreSQL cluster nor empty: %w", pg, err)
	}
	s.log.Info("making the private PostgreSQL cluster", "folder", pg)
	var err error
	for _, locale := range locales {
		if err = s.initdb(ctx, parent, locale); err == nil || !aboutLocale(err) {
			return err
		}
	}
	return err
}

// aboutLocale reports whether initdb failed for a locale or an option that this
// build or version does not have. For any other reason, such as a full disk,
// the next try would fail as well and hide it. Only the lines of errors count:
// initdb talks of locales even when all is well.
func aboutLocale(err error) bool {
	for line := range strings.Lines(strings.ToLower(err.Error())) {
		failed := strings.Contains(line, "error:") || strings.Contains(line, "fatal:")
		if strings.Contains(line, "unrecognized option") ||
			failed && (strings.Contains(line, "locale") || strings.Contains(line, "icu") || strings.Contains(line, "collator")) {
			return true
		}
	}
	return false
}

func (s *Server) initdb(ctx context.Context, parent string, locale []string) error {
	folder, err := os.MkdirTemp(parent, "initdb-") // 0700, as PostgreSQL demands
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder) // nothing after the rename
	if err := s.place.account.own(folder); err != nil {
		return err
	}
	args := append([]string{"-D", folder, "--encoding=UTF8", "--username=" + superuser,
		"--auth-local=trust", "--auth-host=reject", "--data-checksums", "--no-instructions"}, locale...)
	if !s.durable {
		args = append(args, "--no-sync")
	}
	if err := s.place.account.run(ctx, filepath.Join(s.bin, "initdb"), args...); err != nil {
		return err
	}
	if err := os.Rename(folder, s.place.pg); err != nil {
		return err
	}
	if !s.durable {
		return nil
	}
	dir, err := os.Open(parent) // the rename itself must survive a power cut
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
