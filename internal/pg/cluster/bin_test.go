package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// programs makes a folder with stand-ins for the programs of a version.
func programs(t *testing.T, folder, version string) string {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"postgres", "initdb"} {
		script := "#!/bin/sh\necho 'postgres (PostgreSQL) " + version + "'\n"
		if err := os.WriteFile(filepath.Join(folder, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestFindBin(t *testing.T) {
	root := t.TempDir()
	nine := programs(t, filepath.Join(root, "9.6", "bin"), "9.6.24")
	fifteen := programs(t, filepath.Join(root, "15", "bin"), "15.18 (Debian)")
	inPath := programs(t, filepath.Join(root, "path"), "17.1")
	usual := []string{filepath.Join(root, "*", "bin")}

	pgConfig := filepath.Join(root, "tools")
	if err := os.Mkdir(pgConfig, 0o755); err != nil {
		t.Fatal(err)
	}
	config := func(bindir string) {
		t.Helper()
		script := "#!/bin/sh\necho " + bindir + "\n"
		if err := os.WriteFile(filepath.Join(pgConfig, "pg_config"), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}

	for _, tt := range []struct {
		name   string
		path   string
		config string
		usual  []string
		want   string
	}{
		{name: "PATH first", path: pgConfig + ":" + inPath, config: nine, usual: usual, want: inPath},
		{name: "then pg_config", path: pgConfig, config: nine, usual: usual, want: nine},
		{name: "not a pg_config without a server", path: pgConfig, config: filepath.Join(root, "gone"), usual: usual, want: fifteen},
		{name: "then the newest of the usual folders", usual: usual, want: fifteen},
		{name: "not a relative PATH", path: ".:", usual: usual, want: fifteen},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("PATH", tt.path)
			config(tt.config)
			if got, err := firstBin(binFolders(tt.usual)); got != tt.want || err != nil {
				t.Errorf("got %s, %v; want %s", got, err, tt.want)
			}
		})
	}

	t.Run("none says what to install", func(t *testing.T) {
		t.Setenv("PATH", "")
		_, err := firstBin(binFolders(nil))
		if err == nil {
			t.Fatal("found one")
		}
		for _, word := range []string{"no PostgreSQL server found", "apt-get install postgresql", "--pg-bin", "PATH"} {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%q does not say %q", err, word)
			}
		}
	})

	t.Run("a given folder is never replaced by another", func(t *testing.T) {
		if got, err := FindBin(nine); got != nine || err != nil {
			t.Errorf("got %s, %v", got, err)
		}
		if _, err := FindBin(pgConfig); err == nil || !strings.Contains(err.Error(), "does not hold the programs") {
			t.Errorf("err = %v", err)
		}
	})
}

func TestMatchingBin(t *testing.T) {
	root := t.TempDir()
	fifteen := programs(t, filepath.Join(root, "15", "bin"), "15.18")
	eighteen := programs(t, filepath.Join(root, "18", "bin"), "18beta1")
	pg := t.TempDir()
	t.Setenv("PATH", eighteen+":"+fifteen+":/usr/bin:/bin")

	if got, err := matchingBin(eighteen, false, pg); got != eighteen || err != nil {
		t.Errorf("no cluster yet: %s, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(pg, "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := matchingBin(eighteen, false, pg); got != fifteen || err != nil {
		t.Errorf("made by 15: %s, %v", got, err)
	}
	if _, err := matchingBin(eighteen, true, pg); err == nil || !strings.Contains(err.Error(), "made by PostgreSQL 15") {
		t.Errorf("made by 15, 18 demanded: %v", err)
	}
}
