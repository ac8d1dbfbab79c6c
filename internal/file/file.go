// Package file holds the files of organisations: what is known of each is a row
// of the organisation's table file__, its content is in package blob.
//
// A file is uploaded first and named by an ATTACHMENT of a record afterwards.
// Until then it is its uploader's alone; then whoever may read one of the records
// that name it may fetch it. Files that nothing names are removed after a day.
//
//	u, err := files.Read(part, "offer.pdf", sniff)     // *Upload: read, not kept
//	list, err := files.Save(ctx, cat, by, u)           // rows and content, all or nothing
//	f, content, err := files.Open(ctx, cat, by, "file_12")
//
// The table is made with the organisation's first ATTACHMENT field. Whether a
// file fits a field is checked where records are written.
package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"fieldwork/internal/blob"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/query/sqlgen"
)

// MaxSize is the most bytes of one file where nothing else is said.
const MaxSize = 25 << 20

// keepUnnamed is how long a file that no record names is kept.
const keepUnnamed = 24 * time.Hour

// Store is the files of all organisations.
type Store struct {
	db    *pg.DB
	blobs *blob.Store
	max   int64
}

// NewStore returns the files whose content is in blobs; max is the most bytes of
// one, 0 for MaxSize.
func NewStore(db *pg.DB, blobs *blob.Store, max int64) *Store {
	if max == 0 {
		max = MaxSize
	}
	return &Store{db, blobs, max}
}

// Max is the most bytes of one file.
func (s *Store) Max() int64 { return s.max }

// File is what is known of a file.
type File struct {
	ID   int64
	Name string
	Type string // media type, found in the content
	Size int64
	Hash string
	At   time.Time
}

// Upload is a file that has been read and is not kept yet.
type Upload struct {
	name, typ string
	temp      *blob.Temp
}

// Discard forgets the upload. It does nothing after Save.
func (u *Upload) Discard() { u.temp.Discard() }

// Read reads a file. The type that sniff finds in its beginning counts, not what
// a client says. Faults: TOO_COSTLY for one that is too large.
func (s *Store) Read(r io.Reader, name string, sniff func(head []byte) string) (*Upload, error) {
	t, err := s.blobs.Write(r, s.max)
	if errors.Is(err, blob.ErrTooLarge) {
		return nil, fault.New(fault.TooCostly, "a file has at most %d bytes", s.max)
	}
	if err != nil {
		return nil, err
	}
	name = CleanName(name)
	return &Upload{name: name, typ: refine(sniff(t.Head), name, t.Head), temp: t}, nil
}

// Save keeps uploads: all of them or none. Faults: FORBIDDEN for those who may
// not write, INVALID where no form has a field for files.
func (s *Store) Save(ctx context.Context, cat *form.Catalog, by org.Actor, uploads ...*Upload) ([]File, error) {
	if !by.MayWrite() {
		return nil, fault.New(fault.Forbidden, "you may read records, not change them")
	}
	// Content comes first: a row never leads to content that is not there.
	for _, u := range uploads {
		if err := u.temp.Keep(cat.Schema); err != nil {
			return nil, fmt.Errorf("keep a file: %w", err)
		}
	}
	out := make([]File, 0, len(uploads))
	err := s.db.As(ctx, cat.Role, func(c *pg.Conn) error {
		return c.InTx(ctx, func() error {
			for _, u := range uploads {
				q := sqlgen.InsertFile(cat, u.name, u.typ, u.temp.Size, u.temp.Hash, by.Member())
				err := c.Query(ctx, q.SQL, q.Args, func(row []pg.Value) error {
					out = append(out, File{ID: row[0].(int64), Name: u.name, Type: u.typ, Size: u.temp.Size, Hash: u.temp.Hash})
					return nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
	if errors.Is(err, pg.ErrStale) {
		return nil, fault.New(fault.Invalid, "no form of the organisation has a field for files")
	}
	return out, err
}

// NotFound is the one fault of a file that is not there or not visible.
func NotFound() *fault.Fault { return fault.New(fault.NotFound, "there is no such file") }

// Open opens a file that the caller may read. The caller closes the content.
// Faults: NOT_FOUND.
func (s *Store) Open(ctx context.Context, cat *form.Catalog, by org.Actor, id string) (File, *os.File, error) {
	n, ok := kind.ParseID(kind.FileForm, id)
	if !ok {
		return File{}, nil, NotFound()
	}
	var f File
	err := s.db.As(ctx, cat.Role, func(c *pg.Conn) error {
		q := sqlgen.VisibleFile(cat, n, by.MemberID)
		return c.Query(ctx, q.SQL, q.Args, func(row []pg.Value) error {
			f = File{ID: n}
			f.Name, _ = row[0].(string)
			f.Type, _ = row[1].(string)
			f.Size, _ = row[2].(int64)
			f.Hash, _ = row[3].(string)
			f.At, _ = row[4].(time.Time)
			return nil
		})
	})
	if err == nil && f.ID == 0 || errors.Is(err, pg.ErrStale) {
		return File{}, nil, NotFound()
	}
	if err != nil {
		return File{}, nil, err
	}
	content, err := s.blobs.Open(cat.Schema, f.Hash)
	if errors.Is(err, fs.ErrNotExist) {
		return File{}, nil, fmt.Errorf("the content of file %d of organisation %s is not there: %w", n, cat.OrgKey, err)
	}
	return f, content, err
}

// Sweep removes, in every organisation, the rows of files that no record has
// named for a day, and content that belongs to no row.
func (s *Store) Sweep(ctx context.Context) error {
	list, err := org.List(ctx, s.db)
	if err != nil {
		return err
	}
	failed := []error{s.blobs.SweepTemp()}
	for _, o := range list {
		if err := s.sweep(ctx, o); err != nil && !errors.Is(err, pg.ErrStale) { // without a table there are no files
			failed = append(failed, fmt.Errorf("sweep files of organisation %s: %w", o.Key, err))
		}
	}
	return errors.Join(failed...)
}

func (s *Store) sweep(ctx context.Context, o org.Organisation) error {
	cat, err := form.Load(ctx, s.db, o.ID)
	if err != nil {
		return err
	}
	if !cat.HasFiles() {
		return nil
	}
	return s.db.As(ctx, cat.Role, func(c *pg.Conn) error {
		q := sqlgen.DropFiles(cat, time.Now().Add(-keepUnnamed))
		if _, err := c.Exec(ctx, q.SQL, q.Args); err != nil {
			return err
		}
		_, err := s.blobs.Sweep(cat.Schema, func(hash string) (used bool, err error) {
			q := sqlgen.FileOfHash(cat, hash)
			err = c.Query(ctx, q.SQL, q.Args, func(row []pg.Value) error { used, _ = row[0].(bool); return nil })
			return used, err
		})
		return err
	})
}
