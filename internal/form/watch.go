package form

import (
	"cmp"
	"slices"

	"fieldwork/internal/expr"
)

// Watch is how to find, from a record that is written, those whose rules count it
// or read what they count through it: writing it may break them.
type Watch struct {
	Of    *Form   // whose records are looked at
	Way   []Hop   // to those whose rules look; none: from whatever record they look
	Rules []*Rule // that look along it, all of one form
	// By are the fields of their record that the rules read, where they read nothing
	// else of it: of records with the same values one speaks for all. nil: no such fields.
	By []*Field
}

// Hop leads from a record to those whose To has the value that From has on it.
// Where one of the two is nil it is the record itself.
type Hop struct{ From, To *Field }

// Leads is the form that the hop leads to.
func (h Hop) Leads() *Form {
	if h.To != nil {
		return h.To.Form
	}
	return h.From.Target
}

// Owner is the form whose rules look at the record.
func (w *Watch) Owner() *Form { return w.Rules[0].Form }

// Direct says whether the record leads to those whose rules look at it, as child
// rows do.
func (w *Watch) Direct() bool {
	return !w.Anywhere() && !slices.ContainsFunc(w.Way, func(s Hop) bool { return s.To != nil })
}

// Anywhere says whether the rules look at the record from whatever record of theirs.
func (w *Watch) Anywhere() bool { return len(w.Way) == 0 }

// Watchers lists the ways from records of the form to those whose rules look at
// them.
func (f *Form) Watchers() []*Watch { return f.watchers }

// Guards lists the forms whose rules look at records of this form, in a fixed
// order: its own, where they look at other records, and those of its watchers.
// Writes of any form that one of them guards wait for each other.
func (f *Form) Guards() []*Form { return f.guards }

// level is a record that part of a rule is about: how to get from it to the one
// that the rule belongs to.
type level struct {
	form    *Form
	way     []Hop
	known   bool // else nothing leads back, and it may be any record of the form
	counted bool // it is one that an aggregate goes over, or reads through
}

// from is a record of f that a hop leads from to that of the level.
func (l level) from(f *Form, s Hop) level {
	return level{f, append([]Hop{s}, l.way...), l.known, l.counted}
}

// lookout finds what an expression looks at.
type lookout struct{ found func(l level) }

// look goes over an expression. levels are the records around it, the innermost
// first.
func (k lookout) look(n expr.Node, levels []level) {
	expr.Walk(n, func(n expr.Node) bool {
		switch n := n.(type) {
		case expr.Ref:
			at := k.walk(levels[n.Level], n.Path)
			if x := FieldOf(n.Field); x.Expr != nil {
				k.look(x.Expr.Root, []level{at})
			}
		case expr.Aggregate:
			inside := k.source(n, levels)
			inside.counted = true
			k.found(inside)
			more := append([]level{inside}, levels...)
			k.look(n.Value, more)
			k.look(n.Where, more)
			return false
		case expr.Saved:
			k.saved(n, levels)
		}
		return true
	})
}

// walk is the record that references lead to. What an aggregate reads through them
// is found, too.
func (k lookout) walk(at level, path []expr.Field) level {
	for _, step := range path {
		x := FieldOf(step)
		if x.Expr != nil {
			k.look(x.Expr.Root, []level{at})
		}
		at = at.behind(x)
		if at.counted {
			k.found(at)
		}
	}
	return at
}

// behind is the record that a reference leads to.
func (l level) behind(x *Field) level {
	to := l.from(x.Target, Hop{To: x})
	to.known = to.known && x.Stored()
	return to
}

// source is what an aggregate goes over.
func (k lookout) source(n expr.Aggregate, levels []level) level {
	if n.From.Many == nil {
		return matched(FormOf(n.From.Form), n.Where, levels)
	}
	at := k.walk(levels[n.From.Level], n.From.Path)
	x := FieldOf(n.From.Many)
	if x.IsChildren() {
		return at.from(x.Target, Hop{From: x.Via})
	}
	if len(n.From.Path) > 0 { // it has the list
		k.found(at)
	}
	return at.from(x.Target, Hop{To: x})
}

// matched is a record of a form that an aggregate goes over as a whole. The way back
// is by a field that must equal one of a record around: a reference, if there is one.
func matched(f *Form, where expr.Node, levels []level) level {
	best := level{form: f}
	for _, part := range conjuncts(where) {
		c, ok := part.(expr.Compare)
		if !ok || c.Op != expr.Eq {
			continue
		}
		for _, pair := range [][2]expr.Node{{c.L, c.R}, {c.R, c.L}} {
			inner, ok := pair[0].(expr.Ref)
			if !ok || inner.Level != 0 {
				continue
			}
			var path []*Field
			for _, step := range inner.Path {
				path = append(path, FieldOf(step))
			}
			around := append([]level{{}}, levels...) // levels count from inside
			l := equal(f, path, FieldOf(inner.Field), pair[1], around)
			if l.known && (!best.known || c.L.Type() == expr.Reference) {
				best = l
			}
		}
	}
	return best
}

// saved finds what a saved aggregate counts, and what it reads that through, which
// it may do from anywhere.
func (k lookout) saved(n expr.Saved, levels []level) {
	a := SavedOf(n.Of)
	best := level{form: a.Form}
	for i, key := range a.Reading.Keys {
		if key.Field == nil {
			continue
		}
		l := equal(a.Form, key.Path, key.Field, n.Keys[i], levels)
		if l.known && (!best.known || n.Keys[i].Type() == expr.Reference) {
			best = l
		}
	}
	best.counted = true
	k.found(best)
	for _, x := range a.Reading.Fields {
		if x.Form != a.Form {
			k.found(level{form: x.Form, counted: true})
		}
		if x.Target != nil && !x.System && (x.Target == a.Form || x.IsMany()) { // those behind it, as such
			k.found(level{form: x.Target, counted: true})
		}
		if x.Expr != nil {
			k.look(x.Expr.Root, []level{{form: x.Form, counted: true}})
		}
	}
}

func conjuncts(n expr.Node) []expr.Node {
	if and, ok := n.(expr.Logic); ok && and.And {
		return and.Parts
	}
	return []expr.Node{n}
}

// equal is a record of f of which a field, behind references, equals what outer is.
// Unknown where a column is not compared with another.
func equal(f *Form, path []*Field, x *Field, outer expr.Node, levels []level) level {
	none := level{form: f}
	var at level
	s := Hop{From: x}
	switch o := outer.(type) {
	case expr.Self:
		at = levels[o.Level]
	case expr.Ref:
		y := FieldOf(o.Field)
		if !y.Stored() {
			return none
		}
		at = levels[o.Level]
		for _, step := range o.Path {
			at = at.behind(FieldOf(step))
		}
		if !y.IsID() {
			s.To = y
		}
	default:
		return none
	}
	if !x.Stored() || !at.known {
		return none
	}
	if x.IsID() {
		if s.From = nil; s.To == nil { // the record is the one around itself
			return none
		}
	}
	at = at.from(x.Form, s)
	for i := len(path) - 1; i >= 0; i-- {
		if !path[i].Stored() {
			return none
		}
		at = at.from(path[i].Form, Hop{From: path[i]})
	}
	return at
}

// own finds which fields of its record an expression reads. It is false where more
// than those decide: the record itself, or its children. level is where the record is, seen from n.
func own(n expr.Node, level int, add func(x *Field)) bool {
	field := func(u expr.Field) bool {
		if x := FieldOf(u); x.Stored() {
			add(x)
			return true
		}
		return false
	}
	switch n := n.(type) {
	case expr.Self:
		return n.Level != level
	case expr.Ref:
		switch {
		case n.Level != level:
		case len(n.Path) > 0:
			return field(n.Path[0])
		default:
			return field(n.Field)
		}
		return true
	case expr.Aggregate:
		if n.From.Many != nil && n.From.Level == level && (len(n.From.Path) == 0 || !field(n.From.Path[0])) {
			return false
		}
	}
	same, inside := expr.Children(n)
	for _, c := range same {
		if !own(c, level, add) {
			return false
		}
	}
	for _, c := range inside {
		if !own(c, level+1, add) {
			return false
		}
	}
	return true
}

// settle finds what the rules of all forms mean for writes.
func (c *Catalog) settle() {
	for _, f := range c.Forms {
		for _, r := range f.Rules {
			if !r.Aggregate || r.Broken != "" || f.ArchivedAt != nil {
				continue
			}
			f.guard(f)
			k := lookout{func(l level) {
				l.form.guard(f)
				l.form.watch(l, r)
			}}
			k.look(r.Expr.Root, []level{{form: f, known: true}})
		}
	}
	for _, f := range c.Forms {
		slices.SortFunc(f.guards, func(a, b *Form) int { return cmp.Compare(a.ID, b.ID) })
		for _, w := range f.watchers {
			w.reduce()
		}
	}
}

func (f *Form) guard(by *Form) {
	if !slices.Contains(f.guards, by) {
		f.guards = append(f.guards, by)
	}
}

func (f *Form) watch(l level, r *Rule) {
	if !l.known {
		l.way = nil
	}
	i := slices.IndexFunc(f.watchers, func(w *Watch) bool { return w.Owner() == r.Form && slices.Equal(w.Way, l.way) })
	if i < 0 {
		i = len(f.watchers)
		f.watchers = append(f.watchers, &Watch{Of: f, Way: l.way})
	}
	if w := f.watchers[i]; !slices.Contains(w.Rules, r) {
		w.Rules = append(w.Rules, r)
	}
}

// reduce finds which records with rules can speak for others.
func (w *Watch) reduce() {
	by := []*Field{}
	for _, r := range w.Rules {
		if !own(r.Expr.Root, 0, func(x *Field) {
			if !slices.Contains(by, x) {
				by = append(by, x)
			}
		}) {
			return
		}
	}
	w.By = by
}
