package handover

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/record"
)

// Handover is one that was done.
type Handover struct {
	Number   int64
	From, By int64 // members; By 0: nobody who is one
	At       time.Time
	On       calendar.Day
	Reason   string
	Counts   Counts
	Undo     *Undo // nil: it stands
}

// Undo is how a handover was undone.
type Undo struct {
	At       time.Time `json:"-"`
	By       int64     `json:"-"`
	Restored int       `json:"restored"` // records
	Skipped  []Skipped `json:"skipped,omitempty"`
}

// Skipped is a record that was not put back.
type Skipped struct {
	Part   Part   `json:"part"`
	Form   string `json:"form"`
	Record int64  `json:"record"`
	Reason string `json:"reason"` // CHANGED, ARCHIVED, GONE or UNDEFINED
}

// RecordID is the id of the record.
func (s Skipped) RecordID() string { return kind.ID(s.Form, s.Record) }

const idPrefix = "handover_"

// ID is the handover's id.
func (h *Handover) ID() string { return idPrefix + strconv.FormatInt(h.Number, 10) }

// ParseID reads an id; 0 for text that is none.
func ParseID(id string) int64 {
	text, ok := strings.CutPrefix(id, idPrefix)
	n, err := strconv.ParseInt(text, 10, 64)
	if !ok || err != nil || n < 1 || idPrefix+strconv.FormatInt(n, 10) != id {
		return 0
	}
	return n
}

func notFound() *fault.Fault { return fault.New(fault.NotFound, "there is no such handover") }

// Store reads handovers.
type Store struct{ db *pg.DB }

// NewStore returns a store on a database.
func NewStore(db *pg.DB) *Store { return &Store{db} }

const (
	insertHandover = `
		INSERT INTO fieldwork.handover (org_id, from_member, by_member, at, on_day, reason, counts, moves)
		VALUES ($1, $2, nullif($3, 0), $4, $5, $6, $7, $8)
		RETURNING id`
	selectHandovers = `
		SELECT id, from_member, coalesce(by_member, 0) AS by_member, at, on_day::text, reason, counts, undone_at, coalesce(undone_by, 0) AS undone_by, undo
		  FROM fieldwork.handover WHERE org_id = $1`
	selectHandover = selectHandovers + ` AND id = $2`
	// The latest first, below a number if it is not 0.
	selectPage  = selectHandovers + ` AND ($2::bigint = 0 OR from_member = $2) AND ($3::bigint = 0 OR id < $3) ORDER BY id DESC LIMIT $4`
	selectMoves = `SELECT moves FROM fieldwork.handover WHERE org_id = $1 AND id = $2`
	// In their order, behind a place; places begin with 1.
	selectSomeMoves = `
		SELECT m.value FROM fieldwork.handover h, jsonb_array_elements(h.moves) WITH ORDINALITY AS m (value, place)
		 WHERE h.org_id = $1 AND h.id = $2 AND m.place > $3 ORDER BY m.place LIMIT $4`
	countPages = `SELECT count(*) FROM fieldwork.handover WHERE org_id = $1 AND ($2::bigint = 0 OR from_member = $2)`
	// Whoever undoes a handover waits for whoever is undoing it.
	holdHandover = `SELECT undone_at::text FROM fieldwork.handover WHERE org_id = $1 AND id = $2 FOR UPDATE`
	keepUndo     = `UPDATE fieldwork.handover SET undone_at = $3, undone_by = nullif($4, 0), undo = $5 WHERE org_id = $1 AND id = $2`
)

type row struct {
	ID         int64
	FromMember int64 `db:"from_member"`
	ByMember   int64 `db:"by_member"`
	At         time.Time
	OnDay      string `db:"on_day"`
	Reason     string
	Counts     []byte
	UndoneAt   *time.Time `db:"undone_at"`
	UndoneBy   int64      `db:"undone_by"`
	Undo       []byte
}

func (r row) handover() (*Handover, error) {
	on, err := calendar.Parse(r.OnDay)
	if err != nil {
		return nil, err
	}
	h := &Handover{Number: r.ID, From: r.FromMember, By: r.ByMember, At: r.At, On: on, Reason: r.Reason}
	if err := json.Unmarshal(r.Counts, &h.Counts); err != nil {
		return nil, err
	}
	if r.UndoneAt != nil {
		h.Undo = &Undo{}
		if err := json.Unmarshal(r.Undo, h.Undo); err != nil {
			return nil, err
		}
		h.Undo.At, h.Undo.By = *r.UndoneAt, r.UndoneBy
	}
	return h, nil
}

// Get returns a handover. Faults: NOT_FOUND.
func (s *Store) Get(ctx context.Context, by org.Actor, id int64) (*Handover, error) {
	var r row
	err := s.db.Control.GetContext(ctx, &r, selectHandover, by.OrgID, id)
	if pg.IsNoRows(err) {
		return nil, notFound()
	}
	if err != nil {
		return nil, fmt.Errorf("get a handover: %w", pg.Translate(err))
	}
	return r.handover()
}

// Page is a question for handovers, the latest first.
type Page struct {
	From   int64 // of this member; 0: of anybody
	Before int64 // a handover's number; 0: from the latest
	First  int
}

// List returns one page, and whether there are more.
func (s *Store) List(ctx context.Context, by org.Actor, p Page) (out []*Handover, more bool, err error) {
	var rows []row
	if err := s.db.Control.SelectContext(ctx, &rows, selectPage, by.OrgID, p.From, p.Before, p.First+1); err != nil {
		return nil, false, fmt.Errorf("list handovers: %w", pg.Translate(err))
	}
	for _, r := range rows[:min(len(rows), p.First)] {
		h, err := r.handover()
		if err != nil {
			return nil, false, err
		}
		out = append(out, h)
	}
	return out, len(rows) > p.First, nil
}

// Count counts those of a member, or of anybody.
func (s *Store) Count(ctx context.Context, by org.Actor, from int64) (n int, err error) {
	err = s.db.Control.GetContext(ctx, &n, countPages, by.OrgID, from)
	return n, pg.Translate(err)
}

// Moves are what a handover did, in its order.
func (s *Store) Moves(ctx context.Context, by org.Actor, id int64) ([]Move, error) {
	var raw []byte
	err := s.db.Control.GetContext(ctx, &raw, selectMoves, by.OrgID, id)
	if pg.IsNoRows(err) {
		return nil, notFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read the moves of a handover: %w", pg.Translate(err))
	}
	var out []Move
	return out, json.Unmarshal(raw, &out)
}

// SomeMoves is a page of what a handover did: at most first moves behind a place.
func (s *Store) SomeMoves(ctx context.Context, by org.Actor, id int64, after, first int) ([]Move, error) {
	var raw [][]byte
	if err := s.db.Control.SelectContext(ctx, &raw, selectSomeMoves, by.OrgID, id, after, first); err != nil {
		return nil, fmt.Errorf("read moves of a handover: %w", pg.Translate(err))
	}
	out := make([]Move, len(raw))
	for i, b := range raw {
		if err := json.Unmarshal(b, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// MoveCursor is the cursor of the move in a place of a handover, from 1.
func MoveCursor(place int) string { return "move_" + strconv.Itoa(place) }

// ParseMoveCursor reads a cursor; 0 for text that is none.
func ParseMoveCursor(cursor string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(cursor, "move_"))
	if err != nil || n < 1 || n > MaxMoves || MoveCursor(n) != cursor {
		return 0
	}
	return n
}

// insert keeps a handover, in the running transaction, and returns its number.
func insert(ctx context.Context, c *pg.Conn, by record.Call, a *Ask, p *Preview) (id int64, err error) {
	counts, err := json.Marshal(p.Counts)
	if err != nil {
		return 0, err
	}
	moves, err := json.Marshal(p.Moves)
	if err != nil {
		return 0, err
	}
	err = asOwner(ctx, c, func() error {
		args := []any{by.By.OrgID, a.From, by.By.MemberID, by.Now, a.On.String(), a.Reason, string(counts), string(moves)}
		return c.Query(ctx, insertHandover, args, func(v []pg.Value) error { id = v[0].(int64); return nil })
	})
	return id, err
}

// asOwner runs f where control tables are in reach: they lie beyond that of the
// organisation's role.
func asOwner(ctx context.Context, c *pg.Conn, f func() error) error {
	if err := c.AsOwner(ctx); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	return c.AsBefore(ctx)
}
