// Package made keeps files that the program makes for a member, such as a picture
// of a table, for the hour in which they are fetched.
//
//	m, err := files.Keep(ctx, by, "table.png", "image/png", content)
//	m.URL                                    // /files/made/5f1c...
//	m, content, err := files.Open(ctx, by, id) // by the same member alone
//
// They are rows of the database, so that any server of several gives away what
// another made; they are few, small and short-lived. What a file shows is what its
// member could see when it was made. Files of records are package file's.
package made

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
)

// Path is where the server gives files away, before their id.
const Path = "/files/made/"

// Life is how long a file is kept.
const Life = time.Hour

// MaxSize is the most bytes of one, and kept how many a member has at once: the
// oldest go when there are more.
const (
	MaxSize = 32 << 20
	kept    = 20
)

// Store is the files of all organisations.
type Store struct{ db *pg.DB }

// NewStore returns the files in a database.
func NewStore(db *pg.DB) *Store { return &Store{db} }

// File is what is known of a file.
type File struct {
	Name, Type string
	URL        string
	Size       int
}

const (
	insertMade = `
		INSERT INTO fieldwork.made (id, org_id, member_id, name, type, content, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 second')`
	trimMade = `
		DELETE FROM fieldwork.made WHERE expires_at <= now() OR id IN (
			SELECT id FROM fieldwork.made WHERE org_id = $1 AND member_id = $2 ORDER BY expires_at DESC, id OFFSET $3)`
	getMade = `
		SELECT name, type, content FROM fieldwork.made
		 WHERE id = $1 AND org_id = $2 AND member_id = $3 AND expires_at > now()`
	sweepMade = `DELETE FROM fieldwork.made WHERE expires_at <= now()`
)

// Keep keeps a file for whom it was made. Faults: TOO_COSTLY for one that is too
// large.
func (s *Store) Keep(ctx context.Context, by org.Actor, name, typ string, content []byte) (File, error) {
	if len(content) > MaxSize {
		return File{}, fault.New(fault.TooCostly, "the file has %d bytes, at most %d are made", len(content), MaxSize)
	}
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	id := hex.EncodeToString(random[:])
	if _, err := s.db.Control.ExecContext(ctx, insertMade, id, by.OrgID, by.MemberID, name, typ, content, int(Life.Seconds())); err != nil {
		return File{}, fmt.Errorf("keep a file that was made: %w", pg.Translate(err))
	}
	if _, err := s.db.Control.ExecContext(ctx, trimMade, by.OrgID, by.MemberID, kept); err != nil {
		return File{}, fmt.Errorf("trim files that were made: %w", pg.Translate(err))
	}
	return File{name, typ, Path + id, len(content)}, nil
}

// Open returns a file to whom it was made for. Faults: NOT_FOUND, also for a file
// that is over or another's.
func (s *Store) Open(ctx context.Context, by org.Actor, id string) (File, []byte, error) {
	var row struct {
		Name, Type string
		Content    []byte
	}
	err := s.db.Control.GetContext(ctx, &row, getMade, id, by.OrgID, by.MemberID)
	if pg.IsNoRows(err) {
		return File{}, nil, fault.New(fault.NotFound, "there is no such file; files that are made are kept for an hour")
	}
	if err != nil {
		return File{}, nil, fmt.Errorf("open a file that was made: %w", pg.Translate(err))
	}
	return File{row.Name, row.Type, Path + id, len(row.Content)}, row.Content, nil
}

// Sweep removes files that are over.
func (s *Store) Sweep(ctx context.Context) error {
	_, err := s.db.Control.ExecContext(ctx, sweepMade)
	return pg.Translate(err)
}
