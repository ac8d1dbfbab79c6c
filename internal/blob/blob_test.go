package blob_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"fieldwork/internal/blob"
)

func open(t *testing.T) (*blob.Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "files")
	s, err := blob.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

// files lists what is in the folder.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func keep(t *testing.T, s *blob.Store, space, content string) *blob.Temp {
	t.Helper()
	b, err := s.Write(strings.NewReader(content), 100)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Keep(space); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestKeepAndOpen(t *testing.T) {
	s, dir := open(t)
	a := keep(t, s, "org_a", "hello")
	keep(t, s, "org_a", "hello")
	if a.Size != 5 || string(a.Head) != "hello" || a.Hash != "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" {
		t.Errorf("read %+v", a)
	}
	if got := files(t, dir); len(got) != 1 || got[0] != "org_a/2c/"+a.Hash {
		t.Errorf("the folder holds %q", got)
	}
	f, err := s.Open("org_a", a.Hash)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if b, _ := io.ReadAll(f); string(b) != "hello" {
		t.Errorf("holds %q", b)
	}
	if _, err := s.Open("org_b", a.Hash); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("another space: %v", err)
	}
	for _, bad := range [][2]string{{"org_a", "../../etc/passwd"}, {"..", a.Hash}, {"org_a/../x", a.Hash}, {"", a.Hash}, {"tmp", a.Hash}, {"org_a", a.Hash[:63]}, {"org_a", a.Hash + "00"}} {
		if _, err := s.Open(bad[0], bad[1]); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q is opened: %v", bad, err)
		}
	}
}

func TestNothingIsLeft(t *testing.T) {
	s, dir := open(t)
	broken := errors.New("connection lost")
	for name, r := range map[string]io.Reader{"too large": bytes.NewReader(make([]byte, 101)), "endless": endless{}, "broken": io.MultiReader(strings.NewReader("some"), iotest.ErrReader(broken))} {
		_, err := s.Write(r, 100)
		if name == "broken" && !errors.Is(err, broken) || name != "broken" && !errors.Is(err, blob.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b, err := s.Write(bytes.NewReader(make([]byte, 100)), 100)
	if err != nil {
		t.Fatal(err)
	}
	b.Discard()
	b.Discard()
	if got := files(t, dir); len(got) > 0 {
		t.Errorf("left: %q", got)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestSweep(t *testing.T) {
	s, dir := open(t)
	old := time.Now().Add(-2 * time.Hour)
	age := func(hash string) {
		t.Helper()
		if err := os.Chtimes(filepath.Join(dir, "org_a", hash[:2], hash), old, old); err != nil {
			t.Fatal(err)
		}
	}
	used, orphan, young, again := keep(t, s, "org_a", "used"), keep(t, s, "org_a", "orphan"), keep(t, s, "org_a", "young"), keep(t, s, "org_a", "again")
	other := keep(t, s, "org_b", "other")
	for _, b := range []*blob.Temp{used, orphan, again} {
		age(b.Hash)
	}
	keep(t, s, "org_a", "again") // uploaded anew, and not known yet
	temp, err := s.Write(strings.NewReader("cut off"), 100)
	if err != nil {
		t.Fatal(err)
	}
	left := files(t, filepath.Join(dir, "tmp"))
	if err := os.Chtimes(filepath.Join(dir, "tmp", filepath.Base(left[0])), old, old); err != nil {
		t.Fatal(err)
	}
	n, err := s.Sweep("org_a", func(hash string) (bool, error) { return hash == used.Hash, nil })
	if err != nil || n != 1 {
		t.Errorf("swept %d, %v", n, err)
	}
	if err := s.SweepTemp(); err != nil {
		t.Error(err)
	}
	want := map[string]bool{}
	for _, b := range []*blob.Temp{used, young, again} {
		want["org_a/"+b.Hash[:2]+"/"+b.Hash] = true
	}
	want["org_b/"+other.Hash[:2]+"/"+other.Hash] = true
	got := files(t, dir)
	for _, f := range got {
		if !want[f] {
			t.Errorf("left: %s", f)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d files are left, want %d", len(got), len(want))
	}
	temp.Discard()
	t.Run("content that comes into use while it is swept stays", func(t *testing.T) {
		age(young.Hash)
		asked := 0
		n, err := s.Sweep("org_a", func(hash string) (bool, error) {
			if hash != young.Hash {
				return true, nil
			}
			asked++
			return asked > 1, nil
		})
		if err != nil || n != 0 || asked != 2 {
			t.Errorf("swept %d, asked %d times, %v", n, asked, err)
		}
		if f, err := s.Open("org_a", young.Hash); err != nil {
			t.Error(err)
		} else {
			f.Close()
		}
	})
	if n, err := s.Sweep("org_none", nil); n != 0 || err != nil {
		t.Errorf("a space without content: %d, %v", n, err)
	}
}
