package change

import (
	"context"
	"encoding/json"
	"math"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
)

// FieldState is what the change log keeps of a field: all that is needed to put
// it back.
type FieldState struct {
	Kind     string          `json:"kind"`
	Labels   form.Label      `json:"labels"`
	Help     form.Label      `json:"help"`
	Required bool            `json:"required"`
	Unique   bool            `json:"unique"`
	Indexed  bool            `json:"indexed"`
	Default  json.RawMessage `json:"default,omitempty"`
	Purpose  string          `json:"purpose,omitempty"`
	Section  string          `json:"section"`
	Standard bool            `json:"standard,omitempty"`
	Settings kind.Settings   `json:"settings"`
	Options  []optionState   `json:"options,omitempty"`
	After    string          `json:"after"` // key of the field before it, "" for none
	Archived bool            `json:"archived,omitempty"`
}

type optionState struct {
	form.NewOption
	Archived bool `json:"archived,omitempty"`
}

// StateOf is what the change log keeps of a field.
func StateOf(f *form.Field) *FieldState {
	s := &FieldState{Kind: f.KindName(), Labels: f.Labels, Help: f.Help, Required: f.Required, Unique: f.Unique, Indexed: f.Indexed, Default: f.Default,
		Purpose: f.Purpose, Section: f.Section, Standard: f.Standard, Settings: f.Settings, After: After(f), Archived: f.ArchivedAt != nil}
	if f.Expr != nil { // what compiling adds to the settings of computed fields is not the client's
		s.Settings.To, s.Settings.Currency = "", ""
		return s
	}
	if len(f.Options) == 0 { // the field is only being made
		for _, o := range f.Settings.Options {
			s.Options = append(s.Options, optionState{NewOption: form.NewOption{Key: o.Key, Parents: o.Parents}, Archived: o.Archived})
		}
	}
	for _, o := range f.Options {
		s.Options = append(s.Options, optionState{form.NewOption{Key: o.Key, Labels: o.Labels, Colour: o.Colour, Parents: o.Parents}, o.ArchivedAt != nil})
	}
	return s
}

// After is the key of the field before f in their order.
func After(f *form.Field) string {
	last := ""
	for _, x := range f.Form.Fields {
		if x.ID == f.ID {
			return last
		}
		last = x.Key
	}
	return last
}

// LogEntry is one thing that a change of definitions did.
type LogEntry struct {
	Version  int64     `db:"version"`
	Position int       `db:"position"`
	At       time.Time `db:"at"`
	MemberID *int64    `db:"member_id"` // nil: the program itself
	Action   string    `db:"action"`
	Form     string    `db:"form"`
	Field    string    `db:"field"`
	Before   []byte    `db:"before"` // JSON; nil: nothing was there
	After    []byte    `db:"after"`
}

// EntriesOf shows entries that are not written yet.
func EntriesOf(log []Entry) ([]LogEntry, error) {
	out := make([]LogEntry, len(log))
	for i, l := range log {
		out[i] = LogEntry{Position: i, Action: l.action, Form: l.form, Field: l.field}
		for _, p := range []struct {
			from any
			to   *[]byte
		}{{l.before, &out[i].Before}, {l.after, &out[i].After}} {
			if p.from == nil {
				continue
			}
			b, err := json.Marshal(p.from)
			if err != nil {
				return nil, err
			}
			*p.to = b
		}
	}
	return out, nil
}

const selectLog = `
	SELECT version, position, at, member_id, action, form, field, before, after FROM fieldwork.change
	 WHERE org_id = $1 AND ($2 = '' OR form = $2) AND (version, position) < ($3, $4)
	 ORDER BY version DESC, position DESC LIMIT $5`

// Log lists what changes did, the latest first, from before a place in it on:
// the zero place is the end. form "" is all forms. Faults: FORBIDDEN.
func (s *Store) Log(ctx context.Context, by org.Actor, form string, before LogEntry, limit int) ([]*LogEntry, error) {
	if !by.MayShape() {
		return nil, fault.New(fault.Forbidden, "only owners and managers may see changes of forms")
	}
	if before.Version == 0 {
		before.Version = math.MaxInt64
	}
	var out []*LogEntry
	err := s.DB.Control.SelectContext(ctx, &out, selectLog, by.OrgID, form, before.Version, before.Position, limit)
	return out, pg.Translate(err)
}
