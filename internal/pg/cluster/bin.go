package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// usualFolders are where packages put the server's programs when they do not
// put them in PATH. Among several, the newest is taken.
var usualFolders = []string{
	"/usr/lib/postgresql/*/bin", // Debian, Ubuntu
	"/usr/pgsql-*/bin",          // packages of postgresql.org for Fedora, RHEL
	"/usr/libexec/postgresql*",  // Alpine
	"/usr/lib/postgresql*/bin",  // SUSE
	"/usr/local/pgsql/bin",      // built from source
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// FindBin returns the folder that holds postgres and initdb: bin itself if it
// is given, else the first that has them of PATH, "pg_config --bindir" and the
// usual folders of packages.
func FindBin(bin string) (string, error) {
	if bin == "" {
		return firstBin(binFolders(usualFolders))
	}
	abs, err := filepath.Abs(bin)
	if err != nil {
		return "", err
	}
	if !hasPrograms(abs) {
		return "", fmt.Errorf("%s does not hold the programs postgres and initdb; on Debian they are in /usr/lib/postgresql/<version>/bin", abs)
	}
	return abs, nil
}

func firstBin(folders []string) (string, error) {
	if i := slices.IndexFunc(folders, hasPrograms); i >= 0 {
		return trueFolder(folders[i]), nil
	}
	return "", errors.New(`no PostgreSQL server found: neither PATH, nor "pg_config --bindir", nor a usual folder such as /usr/lib/postgresql/*/bin has the programs postgres and initdb. ` +
		"Install PostgreSQL 15 or newer (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; macOS: brew install postgresql@17), " +
		"or name the folder with --pg-bin, or name a running database with --db")
}

// binFolders lists the folders to try, best first; they need not exist.
func binFolders(usual []string) []string {
	folders := filepath.SplitList(os.Getenv("PATH"))
	folders = slices.DeleteFunc(folders, func(f string) bool { return !filepath.IsAbs(f) })
	// Debian's libpq-dev has a pg_config that names the folder of a server
	// that is not installed; hasPrograms sees to that.
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		folders = append(folders, strings.TrimSpace(string(out)))
	}
	var found []string
	for _, pattern := range usual {
		match, _ := filepath.Glob(pattern)
		found = append(found, match...)
	}
	slices.SortStableFunc(found, func(a, b string) int { return cmp.Compare(versionIn(b), versionIn(a)) })
	return append(folders, found...)
}

var number = regexp.MustCompile(`[0-9]+(\.[0-9]+)?`)

// versionIn is the number in a path such as /usr/lib/postgresql/15/bin; a
// number, because "9.6" is older than "15".
func versionIn(path string) float64 {
	v, _ := strconv.ParseFloat(number.FindString(path), 64)
	return v
}

// trueFolder follows a link such as /usr/local/bin/postgres to the folder where
// the other programs, psql and pg_dump, are as well.
func trueFolder(folder string) string {
	program, err := filepath.EvalSymlinks(filepath.Join(folder, "postgres"))
	if err == nil && hasPrograms(filepath.Dir(program)) {
		return filepath.Dir(program)
	}
	return folder
}

func hasPrograms(folder string) bool {
	for _, name := range []string{"postgres", "initdb"} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

// matchingBin returns bin, or the folder of another installed PostgreSQL if the
// cluster in pg was made by that version: an upgrade of the system that adds a
// newer PostgreSQL must not lock people out of their data.
func matchingBin(bin string, given bool, pg string) (string, error) {
	text, err := os.ReadFile(filepath.Join(pg, "PG_VERSION"))
	if err != nil {
		return bin, nil // no cluster yet; a broken one is reported by postgres
	}
	want := strings.TrimSpace(string(text))
	if bin == "/usr/lib/postgresql/"+want+"/bin" {
		return bin, nil // Debian's name says it: no need to run a program
	}
	got := majorVersion(bin)
	if got == want || got == "" {
		return bin, nil
	}
	if !given {
		for _, other := range binFolders(usualFolders) {
			if hasPrograms(other) && majorVersion(other) == want {
				return trueFolder(other), nil
			}
		}
	}
	return "", fmt.Errorf("the data was made by PostgreSQL %s and %s is PostgreSQL %s: install PostgreSQL %s, or dump the data with it and restore", want, bin, got, want)
}

// majorVersion asks the program; it answers "postgres (PostgreSQL) 15.18 (...)".
func majorVersion(bin string) string {
	out, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return ""
	}
	major, _, _ := strings.Cut(number.FindString(string(out)), ".")
	return major
}
