// Package view keeps views of forms: what is shown of which records, in which
// order, laid out how; shared, or a member's own.
//
// A row of fieldwork.view names fields by their keys. Of makes a View of it with
// the definitions of the moment, by the checkers of lists (query.ParseFilter,
// ParseOrder, ParseGroups, ParsePath): the same when a view is written, where every
// fault is told, and when it is used, where they make it broken. So a field may be
// archived whatever views say of it, and they work again when it is restored.
//
//	v, err := view.Get(ctx, db, actor, catalog, "view_17")
//	filter, err := v.Which(now)       // query.Filter, nil for all
//	order, err := v.Sorted()          // []query.Order
//
// Views are read from the database whenever they are used: a change of one is seen
// by every server with its next request, and no definition has a new version
// (docs/adr/0020). The package reads and writes no records; package typed lists
// them and counts the columns of boards.
package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/query"
)

// Layout is how the records of a view are laid out.
type Layout string

// The layouts.
const (
	Table    Layout = "TABLE"
	Board    Layout = "BOARD"
	Calendar Layout = "CALENDAR"
	Gallery  Layout = "GALLERY"
	Gantt    Layout = "GANTT"
)

// Limits of views.
const (
	MaxShared     = 100 // of a form
	MaxOwn        = 100 // of a form, of each member
	MaxColumns    = 200
	maxWidth      = 2_000
	maxKey        = 48
	maxLabel      = 200       // characters
	maxText       = 4_000     // characters of a description
	maxIcon       = 100       // bytes
	maxDefinition = 64 * 1024 // bytes of JSON
)

// Definition is what a view says of the fields of its form, by their keys. It is
// what is kept, and what templates write down.
type Definition struct {
	Settings Settings `json:"settings" yaml:"settings"`
	Columns  []Column `json:"columns,omitempty" yaml:"columns"`
	Filter   any      `json:"filter,omitempty" yaml:"filter"` // as the generic face takes it; nil: all
	OrderBy  []Order  `json:"orderBy,omitempty" yaml:"orderBy"`
	GroupBy  []Group  `json:"groupBy,omitempty" yaml:"groupBy"`
}

// Settings are the fields that a layout goes by.
type Settings struct {
	Board        string `json:"board,omitempty" yaml:"board"`
	Sum          string `json:"sum,omitempty" yaml:"sum"`
	Start        string `json:"start,omitempty" yaml:"start"`
	End          string `json:"end,omitempty" yaml:"end"`
	Cover        string `json:"cover,omitempty" yaml:"cover"`
	Dependencies string `json:"dependencies,omitempty" yaml:"dependencies"`
	Progress     string `json:"progress,omitempty" yaml:"progress"`
}

// Column is one thing that is shown: a field, or one behind references.
type Column struct {
	Field  string `json:"field" yaml:"field"` // a path of keys
	Width  *int   `json:"width,omitempty" yaml:"width"`
	Hidden bool   `json:"hidden,omitempty" yaml:"hidden"`

	Through []*form.Field `json:"-" yaml:"-"`
	Is      *form.Field   `json:"-" yaml:"-"` // nil: there is none any more
	Broken  string        `json:"-" yaml:"-"` // why
}

// Order is one key of an order; what is empty is as usual.
type Order struct {
	Field     string `json:"field" yaml:"field"`
	Direction string `json:"direction,omitempty" yaml:"direction"`
	Nulls     string `json:"nulls,omitempty" yaml:"nulls"`
	Collation string `json:"collation,omitempty" yaml:"collation"`
}

// Group is one key of groups.
type Group struct {
	Field string `json:"field" yaml:"field"`
	By    string `json:"by,omitempty" yaml:"by"`
}

// View is a view of a form of one catalog.
type View struct {
	Form         *form.Form
	ID           int64
	Key          string
	Version      int
	MemberID     int64 // whose it is; 0: shared
	Labels       form.Label
	Descriptions form.Label
	Icon         string
	Layout       Layout
	Definition
	Broken string // what no longer works, and why
}

// IDText is the view's id for clients.
func (v *View) IDText() string { return "view_" + strconv.FormatInt(v.ID, 10) }

// parseID is the number in a view's id, 0 for text that is no id.
func parseID(text string) int64 {
	digits, ok := strings.CutPrefix(text, "view_")
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n < 1 || strconv.FormatInt(n, 10) != digits {
		return 0
	}
	return n
}

// Shared says whether everyone reads the view.
func (v *View) Shared() bool { return v.MemberID == 0 }

// notFound is the fault of a view that is not there, or somebody else's.
func notFound() *fault.Fault { return fault.New(fault.NotFound, "there is no such view") }

// Row is a view as it is kept.
type Row struct {
	ID          int64
	FormID      int64  `db:"form_id"`
	MemberID    *int64 `db:"member_id"`
	Form        string
	Key         string
	Version     int
	Label       []byte
	Description []byte
	Icon        string
	Layout      Layout
	Definition  []byte
}

// Of is the view of a row in a catalog, broken where that lacks what it names; nil
// when its form is not in use.
func (r *Row) Of(cat *form.Catalog) (*View, error) {
	f := cat.Form(r.Form)
	if f == nil || f.ArchivedAt != nil {
		return nil, nil
	}
	v := &View{Form: f, ID: r.ID, Key: r.Key, Version: r.Version, Icon: r.Icon, Layout: r.Layout}
	if r.MemberID != nil {
		v.MemberID = *r.MemberID
	}
	for _, part := range []struct {
		json []byte
		into any
	}{{r.Label, &v.Labels}, {r.Description, &v.Descriptions}, {r.Definition, &v.Definition}} {
		if err := decode(part.json, part.into); err != nil {
			return nil, fmt.Errorf("view %d: %w", r.ID, err)
		}
	}
	var why []string
	for _, ft := range v.check(time.Now()) {
		why = append(why, place(ft.Path)+": "+ft.Message)
	}
	v.Broken = strings.Join(why, "; ")
	return v, nil
}

// decode decodes JSON, numbers as the text they are.
func decode(b []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	return dec.Decode(into)
}

func place(path []any) string {
	parts := make([]string, len(path))
	for i, p := range path {
		parts[i] = fmt.Sprint(p)
	}
	return strings.Join(parts, ".")
}

// Which checks which records the view shows: nil for all live ones. now is the
// moment that relative periods count from.
func (v *View) Which(now time.Time) (query.Filter, error) {
	return query.ParseFilter(v.Form, v.Filter, query.Generic, now)
}

// Sorted checks the order of the view's records.
func (v *View) Sorted() ([]query.Order, error) {
	if len(v.OrderBy) == 0 {
		return nil, nil
	}
	raw := make([]any, len(v.OrderBy))
	for i, o := range v.OrderBy {
		raw[i] = said("field", o.Field, "direction", o.Direction, "nulls", o.Nulls, "collation", o.Collation)
	}
	return query.ParseOrder(v.Form, raw, query.Generic)
}

// Grouped checks the groups of the view.
func (v *View) Grouped() ([]query.Group, error) {
	raw := make([]any, len(v.GroupBy))
	for i, g := range v.GroupBy {
		raw[i] = said("field", g.Field, "by", g.By)
	}
	return query.ParseGroups(v.Form, raw, query.Generic)
}

// said is an object of the names whose values are not empty.
func said(pairs ...string) map[string]any {
	m := map[string]any{}
	for p := range slices.Chunk(pairs, 2) {
		if p[1] != "" {
			m[p[0]] = p[1]
		}
	}
	return m
}
