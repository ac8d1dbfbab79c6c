// Package plan turns one selection of records into as many SQL statements as it
// has levels, whatever the number of records on each level, and writes the rows
// straight to JSON.
//
// Take "strategic customers, each with its next five open tasks and their
// assignees":
//
//	level 0   customers           1 statement, n rows
//	level 1   customer -> tasks   1 statement, at most 5n rows
//	level 2   task -> assignee    1 statement, the distinct members
//
// The caller describes what it wants as a tree of Objects and Lists that holds
// checked fields and queries only. Build is pure and decides everything; Run
// executes it on one connection and Write appends JSON. A test that wants to
// know what the database will be asked reads a Plan, not a mock.
//
// A reference is a level of its own: the distinct records referred to are read
// once and put in where they belong, never joined into every row. Those of one form
// with nothing below them are one level, from wherever they are referred to. Rows are kept
// as they came, in one buffer per level, until all levels are there. An answer so
// small that its trips to the database are what takes time is read in one trip
// (trip.go): the levels are arms of one statement, everything else is the same.
//
// What the records of a list come to together, group by group, is a level as well
// (aggregate.go): of all records, or for each row of the level above.
//
// It knows nothing of GraphQL: names, aliases and constants come with the tree.
package plan

import (
	"math"
	"slices"

	"fieldwork/internal/form"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// Object is what is wanted of one record: its items, in the order of the answer.
type Object struct {
	Form  *form.Form
	Items []Item
}

// Item is one name of an object with what stands behind it.
type Item struct {
	Name string // key in the answer
	What What
}

// What is the value of an item. The set is closed.
type What interface{ what() }

type (
	// Value is a field's value: a scalar, or for a reference and id its id.
	Value struct{ Field *form.Field }
	// Title is the text of the form's title field, or the id where that is empty.
	Title struct{ Language string }
	// Constant is ready JSON, the same for every record.
	Constant []byte
	// Values is an object of values by field key, as the generic face shows them.
	Values struct{ Fields []*form.Field }
	// Parts is an object such as an address, taken apart; null where it is empty.
	Parts struct {
		Field *form.Field
		Items []PartItem
	}
	// Files is the list of a field's files. URL makes a file's address.
	Files struct {
		Field *form.Field
		Items []PartItem
		URL   func(file int64) string
	}
	// Referred is the record behind a reference, null if there is none.
	Referred struct {
		Field  *form.Field
		Object Object
	}
	// Connected is a page of the records that a field leads to, children or links.
	Connected struct {
		Many *form.Field
		List List
	}
)

// PartItem is one name of an object, with the part it shows or ready JSON.
type PartItem struct {
	Name     string
	Part     string
	Constant []byte
}

func (Value) what()     {}
func (Title) what()     {}
func (Constant) what()  {}
func (Values) what()    {}
func (Parts) what()     {}
func (Files) what()     {}
func (Referred) what()  {}
func (Connected) what() {}

// List is a page of records and the shape of the connection around it.
type List struct {
	Query query.List
	Parts []Part
}

// Part is one name of a connection.
type Part struct {
	Name string
	What PartWhat
}

// PartWhat is the value of a part of a connection. The set is closed.
type PartWhat interface{ part() }

type (
	// Nodes is the list of records.
	Nodes struct{ Object Object }
	// Edges is the list of edges.
	Edges struct{ Parts []EdgePart }
	// PageInfo is an object of what is known of the page.
	PageInfo struct{ Parts []InfoPart }
	// TotalCount is the number of records on all pages.
	TotalCount struct{}
)

func (Nodes) part()      {}
func (Edges) part()      {}
func (PageInfo) part()   {}
func (TotalCount) part() {}
func (Constant) part()   {}

// EdgePart is one name of an edge: a Node, the Cursor, or a constant.
type EdgePart struct {
	Name     string
	Node     *Object
	Cursor   bool
	Constant []byte
}

// InfoPart is one name of a pageInfo: one of the four of Info, or a constant.
type InfoPart struct {
	Name     string
	Info     Info
	Constant []byte
}

// Info names what is known of a page.
type Info int

// The infos.
const (
	HasNextPage Info = iota + 1
	HasPreviousPage
	StartCursor
	EndCursor
)

// Plan is a compiled tree: its statements and how their rows are written. It is
// immutable and may be run any number of times.
type Plan struct {
	levels []*level
	root   node
	size   Cost             // how many records the answer may hold
	trip   sqlgen.Statement // reads all levels at once; no text: each has its own
}

// level is one statement.
type level struct {
	kind   levelKind
	name   string       // for explain: the path of names that leads here
	parent int          // level whose rows hold the keys; -1: none
	keyCol int          // column of the parent's rows that holds them
	also   []sqlgen.Key // referred: further levels with such keys
	cols   []sqlgen.Column
	stmt   sqlgen.Statement
	rest   sqlgen.Statement // list: what is asked when stmt returns fewer than read rows; no text: nothing

	form   *form.Form
	list   query.List
	groups query.Aggregation // grouped, groupedChildren
	many   *form.Field
	id     int64
	read   int  // rows to read per parent: the page, and one more to know whether another follows
	make   Make // outside
	text   int  // bytes that a row's JSON has besides its values, about
}

type levelKind int

const (
	one             levelKind = iota // one record by its number
	list                             // a page of records
	children                         // a page of children for each parent
	referred                         // the distinct records that parents refer to
	count                            // how many records a list has
	countChildren                    // how many children each parent has
	grouped                          // what the records of a list come to
	groupedChildren                  // what the children of each parent come to
	changes                          // a page of changes for each parent
	outside                          // values that another package makes of the distinct parents
)

// node is something that is written for the rows of one level.
type node struct {
	object *object
	conn   *connection
	groups *groups
	null   bool // Record: null when there is no row
	list   *changeList
}

// object writes one record from a row.
type object struct {
	level int
	steps []step
}

type stepKind int

const (
	stepConst stepKind = iota
	stepValue
	stepTitle
	stepReferred
	stepConnected
	stepValues
	stepParts
	stepFiles
	stepGrouped
	stepChanges
	stepOutside
)

// step writes one item: the text before the value, then the value.
type step struct {
	kind   stepKind
	before []byte
	col    int
	level  int // stepOutside
	form   valueForm
	object *object     // stepReferred
	conn   *connection // stepConnected
	groups *groups     // stepGrouped
	values []step      // stepValues, stepParts
	files  []PartItem  // stepFiles
	list   *changeList // stepChanges
	url    func(file int64) string
}

// connection writes one page.
type connection struct {
	level int // -1: no rows are needed
	count int // level of the count; -1: not asked
	first int
	query query.List
	keys  []int // columns of the order's keys, for cursors
	parts []connPart
}

type connPart struct {
	before []byte
	nodes  *object
	edges  []edgePart
	isEdge bool
	info   []infoPart
	isInfo bool
	total  bool
	cons   []byte
}

type edgePart struct {
	before []byte
	node   *object
	cursor bool
	cons   []byte
}

type infoPart struct {
	before []byte
	info   Info
	cons   []byte
}

// Env is what computed fields may ask for beyond the records.
type Env = sqlgen.Env

// Record plans the reading of one record by number. Its answer is null when
// there is none.
func Record(f *form.Form, id int64, o Object, env Env) *Plan { return record(f, id, o, env, o.Cost()) }

func record(f *form.Form, id int64, o Object, env Env, size Cost) *Plan {
	b := &builder{env: env}
	l := b.level(&level{kind: one, name: f.One, parent: -1, form: f, id: id})
	obj := b.object(l, o)
	return b.finish(node{object: obj, null: true}, size)
}

// Records plans the reading of records by number. It is run by RunFor and
// answers with one JSON value per number (see Result.AppendOf).
func Records(f *form.Form, o Object, env Env) *Plan {
	b := &builder{env: env}
	l := b.level(&level{kind: referred, name: f.Many, parent: -1, form: f})
	return b.finish(node{object: b.object(l, o), null: true}, math.MaxInt64)
}

// Page plans the reading of a page of records.
func Page(l List, env Env) *Plan { return page(l, env, l.Cost()) }

func page(l List, env Env, size Cost) *Plan {
	b := &builder{env: env}
	return b.finish(node{conn: b.connection(-1, nil, l, l.Query.Form.Many)}, size)
}

// ForRecord is a plan of Record for another record of the form.
func (p *Plan) ForRecord(id int64) *Plan {
	q := *p
	top := *p.levels[0]
	top.id = id
	q.levels = append([]*level{&top}, p.levels[1:]...)
	// The id is the first parameter, whatever else there is.
	if q.trip.SQL != "" {
		q.trip.Args = append([]any{id}, p.trip.Args[1:]...)
	} else {
		top.stmt.Args = append([]any{id}, top.stmt.Args[1:]...)
	}
	return &q
}

// ForPage is a plan of Page for another page of the form: one of the same size and
// order, read in the same direction.
func (p *Plan) ForPage(l query.List, env Env) *Plan {
	q := *p
	conn := *p.root.conn
	conn.query = l
	q.root.conn = &conn
	q.levels = slices.Clone(p.levels)
	for i, top := range p.levels {
		if top.parent < 0 {
			again := *top
			again.list, again.stmt, again.rest = l, sqlgen.Statement{}, sqlgen.Statement{}
			q.levels[i] = &again
		} else if p.trip.SQL != "" { // it may need statements of its own now
			again := *top
			q.levels[i] = &again
		}
	}
	q.write(env)
	return &q
}

// Timely says whether the plan depends on the moment and on who asks: it is then
// good for one request.
func (p *Plan) Timely() bool {
	return p.trip.Timely || slices.ContainsFunc(p.levels, func(l *level) bool { return l.stmt.Timely || l.rest.Timely })
}
