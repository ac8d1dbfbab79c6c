package read

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strconv"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
)

// changeCursor is how far a client has seen: everything that was over at one
// moment, and of what was over at a later one that which stands before a place.
type changeCursor struct {
	Seen  string        `json:"s"`
	To    string        `json:"t,omitempty"`
	After *sqlgen.Place `json:"a,omitempty"`
}

var (
	errChangeCursor = fault.New(fault.Invalid, "is not a cursor of changes, or one of another server: read what you need, and begin with a new cursor").At("since")
	snapshotText    = regexp.MustCompile(`^\d{1,19}:\d{1,19}:(\d{1,19}(,\d{1,19})*)?$`)
	transactionText = regexp.MustCompile(`^\d{1,19}$`)
)

// maxChangeCursor bounds a cursor: two lists of the transactions that were at work.
const maxChangeCursor = 1 << 18

func (c changeCursor) encode() string {
	b, _ := json.Marshal(c) // texts and numbers always encode
	return base64.RawURLEncoding.EncodeToString(b)
}

func decodeChangeCursor(text string) (c changeCursor, err error) {
	if len(text) > maxChangeCursor {
		return c, errChangeCursor
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(b, &c) != nil || !snapshotText.MatchString(c.Seen) || c.encode() != text ||
		(c.To == "") != (c.After == nil) || c.To != "" && (!snapshotText.MatchString(c.To) || !transactionText.MatchString(c.After.Tx)) {
		return c, errChangeCursor
	}
	return c, nil
}

// changes answers changes(since:, forms:, first:).
func changes(x *shaped.Operation, c graphql.CollectedField) (shaped.Prepared, error) {
	a := x.Arguments(c)
	var bad fault.List
	n, err := a.Size("first")
	_ = bad.Add(err)
	forms, err := formsArg(x, a["forms"])
	_ = bad.Add(err)
	var cursor *changeCursor
	if text, given := a["since"].(string); given {
		since, err := decodeChangeCursor(text)
		_ = bad.Add(err)
		cursor = &since
	}
	if err := bad.Err(); err != nil {
		return shaped.Prepared{}, err
	}
	n = cmp.Or(n, query.DefaultPage)
	p := &changesPage{x: x, c: c, first: n, cursor: cursor, plans: map[string]*plan.Plan{}, objects: map[string]map[string]*plan.Plan{}}
	cost := plan.Cost(1)
	for _, f := range forms {
		p.forms = append(p.forms, f.Key)
		each, err := p.compile(f)
		if err != nil {
			return shaped.Prepared{}, err
		}
		cost = max(cost, each.Times(plan.Cost(n)).Plus(1))
	}
	return shaped.Prepared{Cost: cost, Run: p.append}, nil
}

// formsArg finds the forms that a list of keys names; all in use if left out.
func formsArg(x *shaped.Operation, v any) ([]*form.Form, error) {
	keys, given := v.([]any)
	if key, one := v.(string); one {
		keys, given = []any{key}, true
	}
	if !given {
		return x.Catalog.Active(), nil
	}
	var out []*form.Form
	for i, key := range keys {
		f, err := x.FormArg(key, "forms", i)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// changesPage is one page of changes.
type changesPage struct {
	x      *shaped.Operation
	c      graphql.CollectedField
	first  int
	cursor *changeCursor // nil: from now on
	forms  []string
	plans  map[string]*plan.Plan // by form: whether the record is there
	// objects are what is asked of records, by form and then by the name of the
	// selection.
	objects map[string]map[string]*plan.Plan
}

// compile plans what is asked of records of a form, and returns the cost of one.
func (p *changesPage) compile(f *form.Form) (plan.Cost, error) {
	s := p.x.Selector(plan.Cost(p.first))
	p.plans[f.Key] = plan.Records(f, plan.Object{Form: f}, p.x.Env())
	p.objects[f.Key] = map[string]*plan.Plan{}
	cost := plan.Cost(1)
	for _, nodes := range graphql.CollectFields(p.x.Op, p.c.Selections, []string{"RecordChanges"}) {
		for _, item := range graphql.CollectFields(p.x.Op, nodes.Selections, []string{"ChangedRecord"}) {
			if nodes.Name != "nodes" || item.Name != "record" {
				continue
			}
			o := s.Object(f, item.Selections, []any{nodes.Alias, item.Alias})
			cost = cost.Plus(o.Cost()).Plus(s.Extra)
			pl := plan.Records(f, o, p.x.Env())
			if err := pl.Check(); err != nil {
				return 0, err
			}
			p.objects[f.Key][nodes.Alias+"."+item.Alias] = pl
		}
	}
	return cost, s.Result()
}

// place is a record that changed.
type place struct {
	sqlgen.Place
	there   bool
	into    int64             // the record that it was merged into
	records map[string][]byte // what is asked of it, by the name of the selection
}

func (p *changesPage) append(ctx context.Context, c *pg.Conn, b []byte) ([]byte, error) {
	places, next, more, err := p.read(ctx, c)
	if err != nil {
		return b, err
	}
	if err := p.records(ctx, c, places); err != nil {
		return b, err
	}
	fields := graphql.CollectFields(p.x.Op, p.c.Selections, []string{"RecordChanges"})
	return shaped.AppendObject(b, fields, func(b []byte, i int) []byte {
		switch fields[i].Name {
		case "cursor":
			return append(b, shaped.Constant(next.encode())...)
		case "hasMore":
			return strconv.AppendBool(b, more)
		case "nodes":
			return shaped.AppendList(b, len(places), func(b []byte, j int) []byte { return p.node(b, fields[i], places[j]) })
		}
		return append(b, shaped.Constant("RecordChanges")...)
	}), nil
}

func (p *changesPage) node(b []byte, nodes graphql.CollectedField, at *place) []byte {
	fields := graphql.CollectFields(p.x.Op, nodes.Selections, []string{"ChangedRecord"})
	return shaped.AppendObject(b, fields, func(b []byte, i int) []byte {
		switch item := fields[i]; item.Name {
		case "id":
			return append(b, shaped.Constant(kind.ID(at.Form, at.Record))...)
		case "form":
			return append(b, shaped.Constant(at.Form)...)
		case "deleted":
			return strconv.AppendBool(b, !at.there)
		case "record":
			if json := at.records[nodes.Alias+"."+item.Alias]; at.there && json != nil {
				return append(b, json...)
			}
			return append(b, "null"...)
		case "mergedInto":
			if !at.there && at.into != 0 {
				return append(b, shaped.Constant(kind.ID(at.Form, at.into))...)
			}
			return append(b, "null"...)
		}
		return append(b, shaped.Constant("ChangedRecord")...)
	})
}

// read finds the records that changed, where to go on from, and whether there is
// more already.
func (p *changesPage) read(ctx context.Context, c *pg.Conn) (places []*place, next changeCursor, more bool, err error) {
	if p.cursor == nil {
		s := sqlgen.Snapshot()
		err = c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error { next.Seen = row[0].(string); return nil })
		return nil, next, false, err
	}
	s := sqlgen.Changed(p.x.Catalog, sqlgen.Since{Forms: p.forms, From: p.cursor.Seen, To: p.cursor.To, After: p.cursor.After}, p.first+1)
	now, known := "", false
	err = c.Query(ctx, s.SQL, s.Args, func(row []pg.Value) error {
		now, known = row[3].(string)
		if row[0] != nil {
			into, _ := row[4].(int64)
			places = append(places, &place{Place: sqlgen.Place{Tx: row[0].(string), Form: row[1].(string), Record: row[2].(int64)}, into: into, records: map[string][]byte{}})
		}
		return nil
	})
	if pg.Code(err) == "22P02" || err == nil && !known { // no snapshot, or one that is yet to come
		return nil, next, false, errChangeCursor
	}
	if err != nil {
		return nil, next, false, err
	}
	if len(places) <= p.first {
		return places, changeCursor{Seen: now}, false, nil
	}
	places = places[:p.first]
	return places, changeCursor{Seen: p.cursor.Seen, To: now, After: &places[p.first-1].Place}, true, nil
}

// records reads the records as they are now. One that is gone meanwhile is gone,
// though that change is yet to come.
func (p *changesPage) records(ctx context.Context, c *pg.Conn, places []*place) error {
	ids, at := map[string][]int64{}, map[string][]*place{}
	for _, x := range places {
		ids[x.Form], at[x.Form] = append(ids[x.Form], x.Record), append(at[x.Form], x)
	}
	read := func(pl *plan.Plan, form string, found func(*place, []byte)) error {
		res, err := pl.RunFor(ctx, c, ids[form])
		if err != nil {
			return err
		}
		defer res.Free()
		for _, x := range at[form] {
			if b, ok := res.AppendOf(nil, x.Record); ok {
				found(x, b)
			}
		}
		return nil
	}
	for _, key := range p.forms {
		if len(ids[key]) == 0 {
			continue
		}
		for name, pl := range p.objects[key] {
			if err := read(pl, key, func(x *place, b []byte) { x.records[name] = b }); err != nil {
				return err
			}
		}
		// Last, so that one that goes in between is gone, not there without its values.
		if err := read(p.plans[key], key, func(x *place, _ []byte) { x.there = len(x.records) == len(p.objects[key]) }); err != nil {
			return err
		}
	}
	return nil
}
