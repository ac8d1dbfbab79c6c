package plan

import (
	"math"
	"math/big"
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/query"
	"fieldwork/internal/query/sqlgen"
)

// Aggregated is what the records that a field leads to come to, group by group.
type Aggregated struct {
	Many   *form.Field
	Groups Groups
}

func (Aggregated) what() {}

// Groups is an aggregation and the shape of each of its groups. Its answer is a
// list of objects.
type Groups struct {
	Query query.Aggregation
	Items []GroupItem
}

// GroupItem is one name of a group's object with what stands behind it.
type GroupItem struct {
	Name string
	What GroupWhat
}

// GroupWhat is the value of an item of a group. The set is closed.
type GroupWhat interface{ group() }

type (
	// Size is how many records the group has.
	Size struct{}
	// Key is the value of one of the keys: Typed says whether options go by the
	// names of their enum.
	Key struct {
		Index int
		Typed bool
	}
	// KeyRecord is the record that is one of the keys, null where there is none.
	KeyRecord struct {
		Index  int
		Object Object
	}
	// Metric is one of the metrics.
	Metric struct{ Index int }
	// Nested is an object of more items.
	Nested []GroupItem
	// Listed is a list of such objects.
	Listed []Nested
)

func (Size) group()      {}
func (Key) group()       {}
func (KeyRecord) group() {}
func (Metric) group()    {}
func (Nested) group()    {}
func (Listed) group()    {}
func (Constant) group()  {}

// Aggregate plans the reading of an aggregation.
func Aggregate(g Groups, env Env) *Plan {
	b := &builder{env: env}
	return b.finish(node{groups: b.groups(-1, nil, g, g.Query.List.Form.Many)}, math.MaxInt64)
}

// groups writes the groups of one list.
type groups struct {
	level int
	steps []groupStep
}

type groupStepKind int

const (
	groupConst  groupStepKind = iota
	groupValue                // of a column
	groupRecord               // behind a column
	groupObject               // of steps
	groupList                 // of lists of steps
)

// groupStep writes one item of a group: the text before the value, then the value.
type groupStep struct {
	kind   groupStepKind
	before []byte
	cons   []byte
	col    int
	form   valueForm
	length bool    // a length of time, in seconds
	object *object // groupRecord
	steps  []groupStep
	list   [][]groupStep
}

// groups compiles an aggregation: of all records of a form, or for each row of
// level parent of those behind a field.
func (b *builder) groups(parent int, many *form.Field, g Groups, name string) *groups {
	l := &level{kind: grouped, name: name + ", grouped", parent: -1, form: g.Query.List.Form, groups: g.Query}
	if many != nil {
		l.kind, l.parent, l.many = groupedChildren, parent, many
		l.keyCol = b.field(parent, many.Form.Field("id"))
	}
	at := b.level(l)
	return &groups{level: at, steps: b.groupSteps(at, name, g.Query, g.Items)}
}

func (b *builder) groupSteps(at int, name string, a query.Aggregation, items []GroupItem) []groupStep {
	out := make([]groupStep, len(items))
	for i, item := range items {
		s := groupStep{before: before(item.Name, i == 0)}
		switch w := item.What.(type) {
		case Constant:
			s.cons = w
		case Size:
			s.kind, s.col, s.form = groupValue, len(a.Groups), valueForm{form: kind.AsIs}
		case Key:
			s.kind, s.col = groupValue, w.Index
			s.form, s.length = keyForm(a.Groups[w.Index], w.Typed)
		case KeyRecord:
			x := a.Groups[w.Index].Field
			s.kind, s.col, s.object = groupRecord, w.Index, b.referred(at, w.Index, name+"."+x.Name, w.Object)
		case Metric:
			s.kind, s.col = groupValue, len(a.Groups)+1+w.Index
			s.form, s.length = metricForm(a.Metrics[w.Index])
		case Nested:
			s.kind, s.steps = groupObject, b.groupSteps(at, name, a, w)
		case Listed:
			s.kind = groupList
			for _, o := range w {
				s.list = append(s.list, b.groupSteps(at, name, a, o))
			}
		}
		out[i] = s
	}
	return out
}

// keyForm is how a key becomes JSON; of a list it is one item. length says that it
// is a length of time, in seconds.
func keyForm(g query.Group, typed bool) (v valueForm, length bool) {
	v = formOf(g.Field, typed)
	switch v.form {
	case kind.AsOptions:
		v.form = kind.AsOption
	case kind.AsRecords:
		v.form = kind.AsRecord
	case kind.AsDateTime: // a day
		v.form = kind.AsString
	}
	return v, g.Field.SQLType() == "interval"
}

// metricForm is how a metric becomes JSON: counts are numbers, smallest and largest
// what the field is, and everything else a Decimal.
func metricForm(m query.Metric) (v valueForm, length bool) {
	switch m.Function {
	case query.Count, query.CountDistinct:
		return valueForm{form: kind.AsIs}, false
	case query.Min, query.Max:
		v = formOf(m.Field, true)
	default:
		v = valueForm{form: kind.AsString}
	}
	return v, m.Field.SQLType() == "interval"
}

// width is how many columns the rows of the level have.
func (l *level) width() int {
	if l.kind == grouped || l.kind == groupedChildren {
		return len(l.groups.Groups) + 1 + len(l.groups.Metrics)
	}
	if l.kind == changes {
		return sqlgen.ChangeColumns
	}
	return len(l.cols)
}

// perParent says whether rows come parent by parent, the parent's place first.
func (l *level) perParent() bool {
	return l.kind == children || l.kind == groupedChildren || l.kind == changes
}

// groups appends the groups of one parent, or of all records.
func (res *Result) groups(b []byte, g *groups, parentRow int) []byte {
	r := &res.levels[g.level]
	from, to := 0, r.n
	if res.plan.levels[g.level].perParent() {
		from, to = int(r.starts[parentRow]), int(r.starts[parentRow+1])
	}
	b = append(b, '[')
	for row := from; row < to; row++ {
		if row > from {
			b = append(b, ',')
		}
		b = res.group(b, g.steps, r, row)
	}
	return append(b, ']')
}

func (res *Result) group(b []byte, steps []groupStep, r *rows, row int) []byte {
	if len(steps) == 0 {
		return append(b, "{}"...)
	}
	for i := range steps {
		s := &steps[i]
		b = append(b, s.before...)
		switch s.kind {
		case groupConst:
			b = append(b, s.cons...)
		case groupValue:
			if v := r.cell(row, s.col); s.length && v != nil {
				b = appendLength(b, string(v))
			} else {
				b = s.form.append(b, v)
			}
		case groupRecord:
			if child, ok := res.levels[s.object.level].byID[r.id(row, s.col)]; ok {
				b = res.object(b, s.object, int(child))
			} else {
				b = append(b, "null"...)
			}
		case groupObject:
			b = res.group(b, s.steps, r, row)
		case groupList:
			b = append(b, '[')
			for j, o := range s.list {
				if j > 0 {
					b = append(b, ',')
				}
				b = res.group(b, o, r, row)
			}
			b = append(b, ']')
		}
	}
	return append(b, '}')
}

// appendLength appends a number of seconds as a length of time, in days of 24
// hours. Sums may be longer than any number of Go's.
func appendLength(b []byte, seconds string) []byte {
	digits, sign := strings.CutPrefix(seconds, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	fraction = strings.TrimRight(fraction, "0")
	rest, ok := new(big.Int).SetString(whole, 10)
	if !ok {
		return append(b, "null"...)
	}
	minus := ""
	if sign {
		minus = "-"
	}
	b = append(b, `"P`...)
	start := len(b)
	part := func(unit int64, name byte) {
		n := new(big.Int)
		if n.QuoRem(rest, big.NewInt(unit), rest); n.Sign() != 0 {
			b = append(append(append(b, minus...), n.String()...), name)
		}
	}
	part(86_400, 'D')
	if days := len(b); rest.Sign() != 0 || fraction != "" || days == start {
		b = append(b, 'T')
		part(3_600, 'H')
		part(60, 'M')
		if rest.Sign() != 0 || fraction != "" || len(b) == days+1 {
			b = append(append(b, minus...), rest.String()...)
			if fraction != "" {
				b = append(append(b, '.'), fraction...)
			}
			b = append(b, 'S')
		}
	}
	return append(b, '"')
}

// Cost of a distinct count or a median, which sort the records of their group.
const sortCost = 10

// Cost is the cost of an aggregation with the records that are its keys: it reads
// all records of the list, as a count does.
func (g Groups) Cost() Cost {
	c := Cost(countCost)
	for _, m := range g.Query.Metrics {
		if m.Function == query.CountDistinct || m.Function == query.Median {
			c = c.Plus(sortCost)
		} else {
			c = c.Plus(1)
		}
	}
	return c.Plus(g.Rows().Times(Cost(1).Plus(recordCost(g.Items))))
}

// Rows is how many groups there may be.
func (g Groups) Rows() Cost {
	if len(g.Query.Groups) == 0 {
		return 1
	}
	return Cost(g.Query.First)
}

func recordCost(items []GroupItem) Cost {
	c := Cost(0)
	for _, item := range items {
		switch w := item.What.(type) {
		case KeyRecord:
			c = c.Plus(w.Object.Cost())
		case Nested:
			c = c.Plus(recordCost(w))
		case Listed:
			for _, o := range w {
				c = c.Plus(recordCost(o))
			}
		}
	}
	return c
}
