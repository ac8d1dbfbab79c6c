// Package blob keeps the content of files in a folder, by its SHA-256.
//
// Content is written to a temporary file first and becomes part of the folder by
// a rename, so that what is there is whole: a crash or a broken upload leaves at
// most a temporary file, which Sweep removes. Equal content of one space is kept
// once. A space is an organisation's own folder: what one keeps tells another
// nothing.
//
//	t, err := blobs.Write(part, 25<<20)  // *Temp, or ErrTooLarge
//	err = t.Keep("org_acme")             // or t.Discard()
//	f, err := blobs.Open("org_acme", t.Hash)
//
// Several servers may share the folder. The package knows neither names nor
// rights of files: that is package file's.
package blob

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// ErrTooLarge says that there was more to read than the limit.
var ErrTooLarge = errors.New("the content is too large")

// headSize is how much of the beginning is kept at hand: what tells its type.
const headSize = 512

// grace is how old must be what Sweep removes: younger content may belong to an
// upload that is not done.
const grace = time.Hour

const (
	tempFolder  = "tmp"
	trashPrefix = "trash-"
)

// Store is a folder of content.
type Store struct{ dir string }

// New returns the store in a folder, which it makes if need be.
func New(dir string) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, tempFolder), 0o700); err != nil {
		return nil, fmt.Errorf("folder of files: %w", err)
	}
	return &Store{dir}, nil
}

// Temp is content that has been read but is not kept yet.
type Temp struct {
	Hash string
	Size int64
	Head []byte // its first bytes

	store *Store
	path  string
}

// Write reads all of r into a temporary file. It fails with ErrTooLarge, and
// leaves nothing, when there are more than limit bytes.
func (s *Store) Write(r io.Reader, limit int64) (_ *Temp, err error) {
	f, err := os.CreateTemp(filepath.Join(s.dir, tempFolder), "upload-*")
	if err != nil {
		return nil, err
	}
	t := &Temp{store: s, path: f.Name()}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			t.Discard()
		}
	}()
	h, head := sha256.New(), &head{}
	if t.Size, err = io.Copy(io.MultiWriter(f, h, head), io.LimitReader(r, limit+1)); err != nil {
		return nil, err
	}
	if t.Size > limit {
		return nil, ErrTooLarge
	}
	t.Hash, t.Head = hex.EncodeToString(h.Sum(nil)), head.b
	return t, f.Sync()
}

// head keeps the first bytes that are written to it.
type head struct{ b []byte }

func (h *head) Write(p []byte) (int, error) {
	h.b = append(h.b, p[:min(len(p), headSize-len(h.b))]...)
	return len(p), nil
}

// Discard removes the temporary file. It does nothing after Keep.
func (t *Temp) Discard() {
	if t.path != "" {
		_ = os.Remove(t.path)
		t.path = ""
	}
}

// Keep makes the content part of a space.
func (t *Temp) Keep(space string) error {
	to, err := t.store.place(space, t.Hash)
	if err != nil {
		return err
	}
	// Content that is there becomes young again, which keeps Sweep from it.
	now := time.Now()
	if err := os.Chtimes(to, now, now); err == nil {
		t.Discard()
		return nil
	}
	folder := filepath.Dir(to)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if err := os.Rename(t.path, to); err != nil {
		return err
	}
	t.path = ""
	return syncFolder(folder)
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}

// place is where content of a space is kept.
func (s *Store) place(space, hash string) (string, error) {
	if b, err := hex.DecodeString(hash); err != nil || len(b) != sha256.Size || !filepath.IsLocal(space) || strings.ContainsAny(space, `/\.`) || space == tempFolder {
		return "", fmt.Errorf("blob: no place for %q in %q", hash, space)
	}
	return filepath.Join(s.dir, space, hash[:2], hash), nil
}

// Open opens content for reading; the error is fs.ErrNotExist when it is not there.
func (s *Store) Open(space, hash string) (*os.File, error) {
	path, err := s.place(space, hash)
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

// Sweep removes the content of a space that is older than an hour and that used,
// asked last, does not know, and returns how much it removed. Content is moved
// aside before used is asked: an upload that finds it gone writes it again, and
// one that came before has made it young.
func (s *Store) Sweep(space string, used func(hash string) (bool, error)) (removed int, err error) {
	if _, err := s.place(space, strings.Repeat("0", 64)); err != nil {
		return 0, err
	}
	root := filepath.Join(s.dir, space)
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		hash := strings.TrimPrefix(d.Name(), trashPrefix) // of a sweep that was cut off
		if young(path) {
			return nil
		}
		if is, err := used(hash); err != nil || is {
			return err
		}
		aside := filepath.Join(filepath.Dir(path), trashPrefix+hash)
		if err := os.Rename(path, aside); err != nil {
			return nil // another sweep was faster
		}
		is, err := used(hash)
		if err != nil || is || young(aside) {
			return errors.Join(err, os.Rename(aside, filepath.Join(filepath.Dir(path), hash)))
		}
		removed++
		return os.Remove(aside)
	})
	return removed, err
}

// SweepTemp removes what uploads that were cut off have left.
func (s *Store) SweepTemp() error {
	all, err := filepath.Glob(filepath.Join(s.dir, tempFolder, "upload-*"))
	if err != nil {
		return err
	}
	for _, path := range all {
		if !young(path) {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// young says whether a file was written or kept within the time of grace; one
// that is gone is.
func young(path string) bool {
	info, err := os.Stat(path)
	return err != nil || time.Since(info.ModTime()) < grace
}
