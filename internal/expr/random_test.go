package expr

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// grower grows random trees that Check would make: every node is normal, such
// as no comparison with a written null.
type grower struct {
	*rand.Rand
	levels []*form // as in checker
	left   int     // nodes to come
}

func (g *grower) one(ts ...Type) Type { return ts[g.IntN(len(ts))] }

// leaf is a field or literal of a type.
func (g *grower) leaf(t Type) Node {
	if t == Option || t == Options || t == Reference || t == Boolean || g.IntN(2) == 0 {
		if r, ok := g.field(t); ok {
			return r
		}
	}
	switch t {
	case Text:
		return Literal{[]string{"", "a\"b\\\n'", "open", "é，"}[g.IntN(4)], Text}
	case Integer:
		return Literal{strconv.Itoa(g.IntN(1000)), Integer}
	case Number:
		return Literal{[]string{"0.50", "12.5", "12345678901234567890"}[g.IntN(3)], Number}
	case Date:
		return Literal{"2026-02-28", Date}
	case DateTime:
		return Literal{"2026-02-28T01:02:03.5Z", DateTime}
	case Duration:
		return Literal{"P1DT2H", Duration}
	case Option:
		return Call{Func: "coalesce", Args: []Node{Literal{"", Null}, Ref{len(g.levels) - 1, nil, task.fields["status"]}}, T: Option}
	case Options:
		return Ref{len(g.levels) - 1, nil, task.fields["tags"]}
	case Reference:
		return Call{Func: "me", T: Reference, Rec: member}
	}
	return Literal{[]string{"true", "false"}[g.IntN(2)], Boolean}
}

// field picks a field of type t; a Reference is one to a member. It walks at
// most two references, from the innermost record or from this.
func (g *grower) field(t Type) (Node, bool) {
	level, at := 0, g.levels[len(g.levels)-1]
	if g.IntN(2) == 0 {
		level, at = len(g.levels)-1, g.levels[0]
	}
	var path []Field
	for range g.IntN(3) {
		if r := g.pick(at, func(f *field) bool { return f.typ == Reference && !f.many }); r != nil {
			path, at = append(path, r), r.to
		}
	}
	f := g.pick(at, func(f *field) bool { return f.typ == t && !f.many && (t != Reference || f.to == member) })
	if f == nil {
		return nil, false
	}
	return Ref{level, path, f}, true
}

func (g *grower) pick(f *form, is func(*field) bool) *field {
	var out []*field
	for _, k := range f.Keys() {
		if is(f.fields[k]) {
			out = append(out, f.fields[k])
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out[g.IntN(len(out))]
}

// grow grows a tree of exactly type t.
func (g *grower) grow(t Type, depth int) Node {
	if g.left--; depth == 0 || g.left < 0 || g.IntN(8) == 0 {
		return g.leaf(t)
	}
	d := depth - 1
	if g.IntN(6) == 0 {
		return g.choice(t, d)
	}
	switch t {
	case Boolean:
		return g.boolean(d)
	case Text:
		return g.text(d)
	case Integer, Number:
		return g.number(t, d)
	case Date, DateTime:
		if t == Date && g.IntN(2) == 0 {
			return Arith{[]Op{Add, Sub}[g.IntN(2)], g.grow(Date, d), g.grow(Integer, d), Date}
		}
		return Call{Func: []string{"add_days", "add_months"}[g.IntN(2)], Args: []Node{g.grow(t, d), g.grow(Integer, d)}, T: t}
	case Duration:
		switch g.IntN(3) {
		case 0:
			return Neg{g.grow(Duration, d)}
		case 1:
			return Arith{Sub, g.grow(DateTime, d), g.grow(DateTime, d), Duration}
		}
		return Arith{Add, g.grow(Duration, d), g.grow(Duration, d), Duration}
	}
	return g.leaf(t)
}

// choice is an if or an aggregate, of any type.
func (g *grower) choice(t Type, d int) Node {
	if g.IntN(2) == 0 || len(g.levels) > 3 || t == Text || t == Option {
		if t == Text { // an if of texts alone could become one of options further out
			return If{[]Node{g.grow(Boolean, d)}, []Node{Call{Func: "upper", Args: []Node{g.grow(t, d)}, T: t}}, Literal{"", Null}, t}
		}
		return If{[]Node{g.grow(Boolean, d), g.grow(Boolean, d)}, []Node{g.grow(t, d), g.grow(t, d)}, g.leaf(t), t}
	}
	out := Aggregate{Func: "first", T: t}
	if t == Date || t == Number {
		out.Func = "max"
	}
	at := g.source(&out.From)
	g.levels = append(g.levels, at)
	out.Value = g.grow(t, d)
	if g.IntN(2) == 0 {
		out.Where = g.grow(Boolean, d)
	}
	g.levels = g.levels[:len(g.levels)-1]
	return out
}

func (g *grower) source(s *Source) *form {
	at := g.levels[len(g.levels)-1]
	if g.IntN(3) == 0 {
		s.Level, at = len(g.levels)-1, g.levels[0]
	}
	f := g.pick(at, func(f *field) bool { return f.many })
	if f == nil || g.IntN(4) == 0 {
		*s = Source{Form: priceList}
		return priceList
	}
	s.Many = f
	return f.to
}

func (g *grower) boolean(d int) Node {
	switch g.IntN(9) {
	case 0:
		return Not{g.grow(Boolean, d)}
	case 1, 2:
		parts := []Node{g.grow(Boolean, d), g.grow(Boolean, d), g.grow(Boolean, d)}
		return Logic{g.IntN(2) == 0, parts[:2+g.IntN(2)]}
	case 3:
		t := g.one(Text, Integer, Date, Option, Options, Reference, Duration)
		return Empty{g.grow(t, d), g.IntN(2) == 0}
	case 4:
		t := g.one(Text, Number, Date, DateTime, Reference, Boolean)
		list := []Node{g.grow(t, d), Literal{"", Null}, g.grow(t, d)}
		return In{g.grow(t, d), list[:1+g.IntN(3)], g.IntN(2) == 0}
	case 5:
		return Compare{g.equal(), g.grow(Reference, d), g.grow(Reference, d)}
	case 6:
		status := Ref{len(g.levels) - 1, nil, task.fields["status"]}
		return Compare{g.equal(), status, []Node{Literal{"open", Option}, g.leaf(Option)}[g.IntN(2)]}
	case 7:
		return Call{Func: "has", Args: []Node{Ref{len(g.levels) - 1, nil, task.fields["tags"]}, Literal{"urgent", Option}}, T: Boolean}
	}
	t := g.one(Text, Integer, Number, Date, DateTime, Duration)
	return Compare{[]Op{Eq, Ne, Lt, Lte, Gt, Gte}[g.IntN(6)], g.grow(t, d), g.grow(t, d)}
}

func (g *grower) equal() Op { return []Op{Eq, Ne}[g.IntN(2)] }

func (g *grower) text(d int) Node {
	any := func() Node { return g.grow(g.one(Text, Integer, Date, Duration, Options, Boolean), d) }
	switch g.IntN(3) {
	case 0:
		return Call{Func: "concat", Args: []Node{any(), any(), any()}, T: Text}
	case 1:
		return Call{Func: "text", Args: []Node{any()}, T: Text}
	}
	return Call{Func: "replace", Args: []Node{g.grow(Text, d), g.grow(Text, d), g.grow(Text, d)}, T: Text}
}

func (g *grower) number(t Type, d int) Node {
	switch {
	case g.IntN(4) == 0:
		return Neg{g.grow(t, d)}
	case t == Number && g.IntN(4) == 0:
		return Arith{Div, g.grow(Integer, d), g.grow(Number, d), Number}
	case t == Integer && g.IntN(4) == 0:
		return Arith{Sub, g.grow(Date, d), g.grow(Date, d), Integer}
	}
	return Arith{[]Op{Add, Sub, Mul, Mod}[g.IntN(4)], g.grow(t, d), g.grow(t, d), t}
}

func TestWhatIsPrintedIsReadAsTheSameTree(t *testing.T) {
	kinds := []Type{Text, Integer, Number, Boolean, Date, DateTime, Duration, Option, Options, Reference}
	read := 0
	for seed := range uint64(20_000) {
		g := &grower{Rand: rand.New(rand.NewPCG(seed, 1)), levels: []*form{task}, left: 60}
		want := kinds[seed%uint64(len(kinds))]
		tree := g.grow(want, 6)
		text := Print(tree)
		e, err := Check(text, inTask)
		if err != nil && strings.Contains(err.Error(), "at most") { // grown too large
			continue
		}
		if err != nil || !reflect.DeepEqual(e.Root, tree) {
			t.Fatalf("seed %d: %s\nread as %#v\n%v", seed, text, e, err)
		}
		if again := Print(e.Root); again != text || e.Type != want {
			t.Fatalf("seed %d: %s\nprinted as %s", seed, text, again)
		}
		read++
	}
	if read < 19_000 {
		t.Errorf("only %d trees were small enough", read)
	}
}

// Nothing panics, errors point into the text, and what passes keeps the limits
// and is read the same when printed.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{
		`sum(subtasks: estimate_hours * (1 - progress / 100) where status in ("open", 'doing'))`,
		"not done and `in` is not empty or this.customer.owner.name & \"x\\n\" = ''", `if(done, status, late, "open", null)`,
		`due_date between "2026-01-01" and today() + 7`, `first(forms.price_list.price where product = this.customer)`,
		`has(tags, "urgent")`, `me() in (assignee, this.assignee.manager)`, `created_at - "P1DT2H" < "2026-01-31T09:00:00Z"`,
		`round(-1.50, 2) % 3`, `coalesce(status, "zzz", title)`, `count(this.customer.tasks where count(subtasks) > this.rank)`,
		`((((`, `1e5`, "\xff", `“`, `count(`, `x in (`, `"\`, "`", `a not`, `sum(this.`, `date(`, `this`, `forms.`,
		`least(duration("P1D"), "PT1S", null)`, `null - null`, `hours_between(now(), datetime("2026-01-31T09:00:00+08:00"))`,
	} {
		f.Add(s, uint8(len(s)))
	}
	f.Fuzz(func(t *testing.T, text string, which uint8) {
		s := []Scope{inTask, {This: member, Outer: task, Form: formOf}, {This: customer}, {}}[which%4]
		e, err := Check(text, s)
		switch err := err.(type) {
		case nil:
		case *Error:
			inside(t, text, err)
			return
		case Errors:
			if len(err) < 2 || len(err) > MaxErrors || !slices.IsSortedFunc(err, func(a, b *Error) int { return a.Pos - b.Pos }) {
				t.Fatalf("%q: %d errors", text, len(err))
			}
			for _, x := range err {
				inside(t, text, x)
			}
			return
		default:
			t.Fatalf("%T", err)
		}
		if Size(e.Root) > MaxNodes || e.Type != e.Root.Type() {
			t.Fatalf("%q: size %d, type %v and %v", text, Size(e.Root), e.Type, e.Root.Type())
		}
		Fields(e.Root)
		printed := Print(e.Root)
		again, err := Check(printed, s)
		if err != nil && strings.Contains(err.Error(), "at most") { // a canonical text may be longer and deeper
			return
		}
		if err != nil || !reflect.DeepEqual(again.Root, e.Root) {
			t.Fatalf("%q printed as %q: %v", text, printed, err)
		}
		for _, x := range []*field{choice("x", "open"), of1(Date, "x")[0], of1(Text, "x")[0], ref("x", member)} {
			if err := again.Fit(x); err == nil && !again.Type.fits(x.typ) {
				t.Fatalf("%q fits %v", text, x.typ)
			}
		}
	})
}

func inside(t *testing.T, text string, e *Error) {
	if e.Pos < 0 || e.Pos > len(text) || e.Line < 1 || e.Column < 1 || e.Message == "" {
		t.Fatalf("%q: %+v", text, *e)
	}
}
