package expr

import (
	"slices"
	"strconv"

	"fieldwork/internal/fault"
)

type types []Type

var (
	numbers = types{Number}
	whole   = types{Integer}
	texts   = types{Text}
	days    = types{Date, DateTime}
	moment  = types{DateTime}
)

// function is a signature. A result of Null is the type of the first argument.
type function struct {
	args   []types
	result Type
}

// functions are those whose signature says everything, or nearly: see finish.
var functions = map[string]function{
	"abs":   {[]types{numbers}, Null},
	"ceil":  {[]types{numbers}, Integer},
	"floor": {[]types{numbers}, Integer},

	"upper":       {[]types{texts}, Text},
	"lower":       {[]types{texts}, Text},
	"trim":        {[]types{texts}, Text},
	"length":      {[]types{texts}, Integer},
	"left":        {[]types{texts, whole}, Text},
	"right":       {[]types{texts, whole}, Text},
	"mid":         {[]types{texts, whole, whole}, Text},
	"replace":     {[]types{texts, texts, texts}, Text},
	"contains":    {[]types{texts, texts}, Boolean},
	"starts_with": {[]types{texts, texts}, Boolean},
	"ends_with":   {[]types{texts, texts}, Boolean},
	"number":      {[]types{texts}, Number},

	"today":          {nil, Date},
	"now":            {nil, DateTime},
	"year":           {[]types{days}, Integer},
	"month":          {[]types{days}, Integer},
	"day":            {[]types{days}, Integer},
	"quarter":        {[]types{days}, Integer},
	"weekday":        {[]types{days}, Integer},
	"add_days":       {[]types{days, whole}, Null},
	"add_months":     {[]types{days, whole}, Null},
	"days_between":   {[]types{days, days}, Integer},
	"hours_between":  {[]types{moment, moment}, Number},
	"hours":          {[]types{{Duration}}, Number},
	"start_of_month": {[]types{{Date}}, Date},
	"end_of_month":   {[]types{{Date}}, Date},
}

// special are the functions that judge their arguments by themselves.
var special = []string{"if", "coalesce", "least", "greatest", "concat", "text", "has", "me", "round",
	"date", "datetime", "duration", "aggregate"}

// Functions are the names of all functions and aggregates, in order.
func Functions() []string {
	out := slices.Concat(special, aggregates)
	for f := range functions {
		out = append(out, f)
	}
	slices.Sort(out)
	return out
}

func (c *checker) call(t *tree) Node {
	f, ok := functions[t.word]
	if !ok {
		return c.special(t)
	}
	if !c.arity(t, len(f.args), len(f.args)) {
		return nil
	}
	i := -1
	args := c.all(t.args, func(a *tree) Node { i++; return c.want(a, t.word, f.args[i]...) })
	if args == nil {
		return nil
	}
	out := Call{Func: t.word, Args: args, T: f.result}
	if out.T == Null {
		if out.T = args[0].Type(); out.T == Null {
			out.T = f.args[0][0]
		}
	}
	if t.word == "days_between" {
		if _, ok := c.unify(c.joint(t), args); !ok {
			return nil
		}
	}
	return out
}

// joint is that of the arguments of a function.
func (c *checker) joint(t *tree) joint {
	return joint{pos: t.pos, trees: t.args, say: func(a, b Type) string {
		return t.word + " wants values of one type, not " + a.phrase() + " and " + b.phrase()
	}}
}

// arity says whether the number of arguments is right; hi < 0 is any number.
func (c *checker) arity(t *tree, lo, hi int) bool {
	n := len(t.args)
	if n >= lo && (hi < 0 || n <= hi) {
		return true
	}
	wanted := strconv.Itoa(lo)
	switch {
	case hi < 0:
		wanted = "at least " + wanted
	case lo != hi:
		wanted += " or " + strconv.Itoa(hi)
	}
	noun := "arguments"
	if lo == 1 && hi == 1 {
		noun = "argument"
	}
	c.fail(t.pos, "%s takes %s %s, not %d", t.word, wanted, noun, n)
	return false
}

func (c *checker) special(t *tree) Node {
	switch t.word {
	case "if":
		return c.ifs(t)
	case "coalesce", "least", "greatest":
		return c.choose(t)
	case "concat", "text":
		return c.join(t)
	case "has":
		return c.has(t)
	case "me":
		return c.me(t)
	case "round":
		return c.round(t)
	case "date", "datetime", "duration":
		return c.moment(t)
	case "aggregate":
		return c.saved(t)
	}
	return c.fail(t.pos, "there is no function %q%s", fault.Clip(t.word), meant(t.word, Functions()))
}

// ifs checks if(condition, value, [condition, value, ...] else).
func (c *checker) ifs(t *tree) Node {
	n := len(t.args)
	if n < 3 || n%2 == 0 {
		return c.fail(t.pos, "if takes conditions and values in turn and one value for else: if(condition, value, else)")
	}
	var conds, values []*tree
	for i, a := range t.args {
		if i%2 == 0 && i < n-1 {
			conds = append(conds, a)
		} else {
			values = append(values, a)
		}
	}
	cs := c.all(conds, func(a *tree) Node { return c.want(a, "if", Boolean) })
	vs := c.all(values, c.check)
	if cs == nil || vs == nil {
		return nil
	}
	j := joint{pos: t.pos, trees: values, texts: true, say: func(a, b Type) string {
		return "the values of if must be of one type, not " + a.phrase() + " and " + b.phrase()
	}}
	typ, ok := c.unify(j, vs)
	if !ok {
		return nil
	}
	last := len(vs) - 1
	return If{cs, vs[:last:last], vs[last], typ}
}

// choose checks coalesce, least and greatest: the value is one of the arguments.
func (c *checker) choose(t *tree) Node {
	if !c.arity(t, 2, -1) {
		return nil
	}
	args := c.all(t.args, c.check)
	if args == nil {
		return nil
	}
	j := c.joint(t)
	j.texts = t.word == "coalesce"
	typ, ok := c.unify(j, args)
	if !ok {
		return nil
	}
	if t.word != "coalesce" && typ != Null && !typ.ordered() {
		return c.fail(t.pos, "%s needs values that have an order, not %s", t.word, typ.phrase())
	}
	out := Call{Func: t.word, Args: args, T: typ}
	for _, a := range args {
		if r := RecordOf(a); r != nil {
			out.Rec = r
		}
	}
	return out
}

// join checks concat, which & stands for too, and text.
func (c *checker) join(t *tree) Node {
	most := -1
	if t.word == "text" {
		most = 1
	}
	if !c.arity(t, 1, most) {
		return nil
	}
	args := c.all(t.args, func(a *tree) Node {
		n := c.check(a)
		if n != nil && n.Type() == Reference {
			return c.fail(a.pos, "a record is no text: name a field of it")
		}
		return n
	})
	if args == nil {
		return nil
	}
	return Call{Func: t.word, Args: args, T: Text}
}

func (c *checker) has(t *tree) Node {
	if !c.arity(t, 2, 2) {
		return nil
	}
	x := c.want(t.args[0], "has", Options)
	if x == nil {
		return nil
	}
	if t.args[1].what != isText {
		return c.fail(t.args[1].pos, `has wants an option written out, as in has(tags, "urgent")`)
	}
	c.nodes++
	v, problem := literal(t.args[1].word, Option, OptionsOf(x))
	if problem != "" {
		return c.fail(t.args[1].pos, "%s", problem)
	}
	return Call{Func: t.word, Args: []Node{x, Literal{v, Option}}, T: Boolean}
}

func (c *checker) me(t *tree) Node {
	if !c.arity(t, 0, 0) {
		return nil
	}
	var member Record
	if c.scope.Form != nil {
		member = c.scope.Form("member")
	}
	if member == nil {
		return c.fail(t.pos, "me() is not offered here")
	}
	return Call{Func: t.word, T: Reference, Rec: member}
}

// round checks round(x), which is a whole number, and round(x, digits).
func (c *checker) round(t *tree) Node {
	if !c.arity(t, 1, 2) {
		return nil
	}
	x := c.want(t.args[0], "round", Number)
	if x == nil {
		return nil
	}
	if len(t.args) == 1 {
		return Call{Func: t.word, Args: []Node{x}, T: Integer}
	}
	d := t.args[1]
	if n, err := strconv.Atoi(d.word); d.what != isNumber || err != nil || n > MaxScale {
		return c.fail(d.pos, "round wants its digits written out, from 0 to %d", MaxScale)
	}
	c.nodes++
	return Call{Func: t.word, Args: []Node{x, numberLiteral(d.word)}, T: Number}
}

// moment checks date, datetime and duration. Each makes a literal of a written
// text; date also takes the day of a moment.
func (c *checker) moment(t *tree) Node {
	if !c.arity(t, 1, 1) {
		return nil
	}
	typ := map[string]Type{"date": Date, "datetime": DateTime, "duration": Duration}[t.word]
	a := t.args[0]
	if a.what == isText {
		v, problem := literal(a.word, typ, nil)
		if problem != "" {
			return c.fail(a.pos, "%s", problem)
		}
		return Literal{v, typ}
	}
	if typ != Date {
		return c.fail(a.pos, "%s wants a text written out, as in %s", t.word,
			map[Type]string{DateTime: `datetime("2026-01-31T09:00:00Z")`, Duration: `duration("P1DT2H")`}[typ])
	}
	x := c.want(a, "date", DateTime)
	if x == nil {
		return nil
	}
	return Call{Func: t.word, Args: []Node{x}, T: Date}
}
