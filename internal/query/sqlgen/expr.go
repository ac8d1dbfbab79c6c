package sqlgen

import (
	"fmt"
	"strings"
	"time"

	"fieldwork/internal/expr"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
)

// An expression is written so that it never fails while it runs, whatever the
// records hold: dividing by zero, a day out of the calendar and a text that is
// no number are null. What PostgreSQL would refuse is done by functions of the
// schema fieldwork_expr (see its migration). No part of a tree is written twice,
// so the text grows no faster than the tree.

// sqlTypes are the types of values while they are computed: whole numbers are
// numeric too, so that no sum overflows.
var sqlTypes = map[expr.Type]string{expr.Text: "text", expr.Integer: "numeric", expr.Number: "numeric", expr.Boolean: "boolean", expr.Date: "date",
	expr.DateTime: "timestamptz", expr.Duration: "interval", expr.Option: "text", expr.Options: "text[]", expr.Reference: "bigint", expr.Null: "text"}

// Condition writes an expression that must hold for the record of an alias.
func (w *writer) condition(e *expr.Expr, alias ...string) string { return w.node(e.Root, alias) }

// computed is the value of a computed field. Numbers that are calculated are
// rounded to the field's scale, or to what a Decimal holds.
func (w *writer) computed(alias string, f *form.Field) string {
	if ref, ok := f.Expr.Root.(expr.Ref); ok {
		return w.ref(ref, []string{alias})
	}
	sql := w.node(f.Expr.Root, []string{alias})
	switch f.Expr.Type {
	case expr.Number:
		if f.Settings.Scale != nil {
			return fmt.Sprintf("round(%s, %d)", sql, *f.Settings.Scale)
		}
		return fmt.Sprintf("trim_scale(round(%s, %d))", sql, kind.MaxScale)
	case expr.Text:
		return fmt.Sprintf("nullif(%s, '')", sql)
	}
	return sql
}

// node writes a node; levels are the aliases of the records around it, the
// innermost first.
func (w *writer) node(n expr.Node, levels []string) string {
	switch n := n.(type) {
	case expr.Literal:
		return w.literal(n)
	case expr.Ref:
		return w.number(w.ref(n, levels), n.Type())
	case expr.Self:
		return levels[n.Level] + ".id"
	case expr.Not:
		return "(NOT " + w.typed(n.X, expr.Boolean, levels) + ")"
	case expr.Logic:
		parts := make([]string, len(n.Parts))
		for i, p := range n.Parts {
			parts[i] = w.typed(p, expr.Boolean, levels)
		}
		return "(" + strings.Join(parts, map[bool]string{true: " AND ", false: " OR "}[n.And]) + ")"
	case expr.Compare:
		op := string(n.Op)
		if n.Op == expr.Ne {
			op = "<>"
		}
		return "(" + w.node(n.L, levels) + " " + op + " " + w.node(n.R, levels) + ")"
	case expr.In:
		return w.in(n, levels)
	case expr.Empty:
		return w.empty(n, levels)
	case expr.Arith:
		return w.arith(n, levels)
	case expr.Neg:
		return "(- " + w.typed(n.X, n.Type(), levels) + ")"
	case expr.If:
		return w.choose(n, levels)
	case expr.Call:
		return w.call(n, levels)
	case expr.Aggregate:
		return w.aggregate(n, levels)
	case expr.Saved:
		return w.saved(n, levels)
	}
	panic(fmt.Sprintf("sqlgen: expression %T has no SQL", n))
}

// typed is node with a type for what has none of its own.
func (w *writer) typed(n expr.Node, t expr.Type, levels []string) string {
	if n.Type() == expr.Null {
		return "NULL::" + sqlTypes[t]
	}
	return w.node(n, levels)
}

func (w *writer) number(sql string, t expr.Type) string {
	if t == expr.Integer {
		return sql + "::numeric"
	}
	return sql
}

// literal is a parameter, each value once: a definition may repeat itself.
func (w *writer) literal(l expr.Literal) string {
	if l.T == expr.Null {
		return "NULL"
	}
	return w.once(l.Value, sqlTypes[l.T])
}

func (w *writer) once(value any, typ string) string {
	key := fmt.Sprint(typ, " ", value)
	if w.seen == nil {
		w.seen = map[string]string{}
	}
	if w.seen[key] == "" {
		w.seen[key] = w.arg(value, typ)
	}
	return w.seen[key]
}

// ref is a field of a record at a level, or of one that references lead to.
func (w *writer) ref(n expr.Ref, levels []string) string {
	return w.walk(levels[n.Level], n.Path, form.FieldOf(n.Field))
}

func (w *writer) walk(alias string, path []expr.Field, x *form.Field) string {
	for len(path) > 0 {
		a := w.shared(alias, form.FieldOf(path[0]), true)
		if a == "" {
			break
		}
		if alias, path = a, path[1:]; len(path) == 0 {
			return w.joinedValue(alias, x)
		}
	}
	if len(path) == 0 {
		return w.value(alias, x)
	}
	last := form.FieldOf(path[len(path)-1])
	key := w.walk(alias, path[:len(path)-1], last)
	a := w.alias()
	return fmt.Sprintf("(SELECT %s FROM %s %s WHERE %s.id = %s)", w.value(a, x), w.table(last.Target), a, a, key)
}

func (w *writer) list(nodes []expr.Node, t expr.Type, levels []string) string {
	parts := make([]string, len(nodes))
	for i, n := range nodes {
		parts[i] = w.typed(n, t, levels)
	}
	return strings.Join(parts, ", ")
}

func (w *writer) in(n expr.In, levels []string) string {
	word := " IN ("
	if n.Negate {
		word = " NOT IN ("
	}
	t := n.X.Type()
	for _, e := range n.List {
		if t == expr.Null {
			t = e.Type()
		}
	}
	return "(" + w.typed(n.X, t, levels) + word + w.list(n.List, t, levels) + "))"
}

func (w *writer) empty(n expr.Empty, levels []string) string {
	x := w.node(n.X, levels)
	if n.X.Type() == expr.Text {
		x = "nullif(" + x + ", '')"
	}
	return "(" + x + map[bool]string{true: " IS NOT NULL)", false: " IS NULL)"}[n.Negate]
}

func (w *writer) arith(n expr.Arith, levels []string) string {
	lt, rt := n.L.Type(), n.R.Type()
	if lt == expr.Null || rt == expr.Null {
		return "NULL::" + sqlTypes[n.T]
	}
	l, r := w.node(n.L, levels), w.node(n.R, levels)
	switch {
	case n.Op == expr.Div:
		return "(" + l + " / nullif(" + r + ", 0))"
	case n.Op == expr.Mod:
		return "(" + l + " % nullif(" + r + ", 0))"
	case n.T == expr.Date: // a day and a number of days, in either order
		if lt != expr.Date {
			l, r = r, l
		}
		if n.Op == expr.Sub {
			r = "(- " + r + ")"
		}
		return "fieldwork_expr.add_days(" + l + ", " + r + ")"
	case n.T == expr.DateTime:
		if lt != expr.DateTime {
			l, r = r, l
		}
		if n.Op == expr.Sub {
			r = "(- " + r + ")"
		}
		return "fieldwork_expr.add_duration(" + l + ", " + r + ")"
	case lt == expr.Date: // days between two days
		return "(" + l + " - " + r + ")::numeric"
	case lt == expr.DateTime:
		return "(" + l + " - " + r + ")"
	case lt == expr.Duration:
		if n.Op == expr.Sub {
			r = "(- " + r + ")"
		}
		return "fieldwork_expr.add_durations(" + l + ", " + r + ")"
	}
	return "(" + l + " " + string(n.Op) + " " + r + ")"
}

func (w *writer) choose(n expr.If, levels []string) string {
	var b strings.Builder
	b.WriteString("CASE")
	for i := range n.Conds {
		b.WriteString(" WHEN " + w.typed(n.Conds[i], expr.Boolean, levels) + " THEN " + w.typed(n.Thens[i], n.T, levels))
	}
	return b.String() + " ELSE " + w.typed(n.Else, n.T, levels) + " END"
}

// aggregate goes over live records only.
func (w *writer) aggregate(n expr.Aggregate, levels []string) string {
	a := w.alias()
	inside := append([]string{a}, levels...)
	from, where := "", a+".archived_at IS NULL"
	if n.From.Many == nil {
		from = w.table(form.FormOf(n.From.Form)) + " " + a
	} else {
		x := form.FieldOf(n.From.Many)
		owner := ""
		from, owner = w.many(x, a)
		key := levels[n.From.Level] + ".id"
		if len(n.From.Path) > 0 {
			last := len(n.From.Path) - 1
			key = w.walk(levels[n.From.Level], n.From.Path[:last], form.FieldOf(n.From.Path[last]))
		}
		where = owner + " = " + key + " AND " + where
	}
	value := "*"
	if n.Value != nil {
		value = w.typed(n.Value, n.T, inside)
	}
	if n.Where != nil {
		where += " AND " + w.typed(n.Where, expr.Boolean, inside)
	}
	if n.Value != nil && n.Func != "first" && !strings.Contains(value, a+".") {
		// PostgreSQL takes an aggregate for one of the query around it when only that
		// one's columns are in it.
		from, where, value = fmt.Sprintf("(SELECT %s AS v FROM %s WHERE %s) %s_v", value, from, where, a), "true", a+"_v.v"
	}
	what := n.Func + "(" + value + ")"
	switch n.Func {
	case "count":
		what += "::numeric"
	case "sum":
		what = "coalesce(" + what + ", 0)"
	case "first":
		return fmt.Sprintf("(SELECT %s FROM %s WHERE %s ORDER BY %s.id LIMIT 1)", value, from, where, a)
	}
	return fmt.Sprintf("(SELECT %s FROM %s WHERE %s)", what, from, where)
}

func (w *writer) zone() *time.Location {
	if w.cat == nil {
		return time.UTC
	}
	return w.cat.Zone
}

// dayOf turns a moment into the day that calendars in the organisation's zone
// show.
func (w *writer) dayOf(sql string) string {
	return "fieldwork_expr.day_of(" + sql + ", " + w.once(w.zone().String(), "text") + ")"
}

// calls are the functions that are written by a pattern; the rest are in call.
var calls = map[string]string{
	"abs": "abs(%s)", "ceil": "ceil(%s)", "floor": "floor(%s)",
	"upper": "upper(%s)", "lower": "lower(%s)", "trim": "btrim(%s)", "length": "length(%s)::numeric",
	"left": "fieldwork_expr.left_of(%s, %s)", "right": "fieldwork_expr.right_of(%s, %s)", "mid": "fieldwork_expr.mid_of(%s, %s, %s)",
	"replace": "fieldwork_expr.replaced(%s, %s, %s)", "contains": "(strpos(%s, %s) > 0)", "starts_with": "starts_with(%s, %s)",
	"ends_with": "fieldwork_expr.ends_with(%s, %s)", "number": "fieldwork_expr.number_of(%s)", "text": "%s::text",
	"add_days": "fieldwork_expr.add_days(%s, %s)", "add_months": "fieldwork_expr.add_months(%s, %s)", "hours": "(extract(epoch FROM %s)::numeric / 3600)",
	"hours_between":  "fieldwork_expr.hours_between(%s, %s)",
	"start_of_month": "date_trunc('month', %s::timestamp)::date", "end_of_month": "(date_trunc('month', %s::timestamp) + interval '1 month - 1 day')::date",
	"days_between": "fieldwork_expr.days_between(%s, %s)",
}

// wanted are the types of arguments that are null throughout; Text where none
// is named.
var wanted = map[string]expr.Type{"abs": expr.Number, "ceil": expr.Number, "floor": expr.Number, "round": expr.Number, "hours": expr.Duration,
	"hours_between": expr.DateTime, "start_of_month": expr.Date, "end_of_month": expr.Date, "days_between": expr.Date, "add_days": expr.Date, "add_months": expr.Date,
	"year": expr.Date, "month": expr.Date, "day": expr.Date, "quarter": expr.Date, "weekday": expr.Date, "date": expr.DateTime}

var secondNumber = map[string]bool{"left": true, "right": true, "mid": true, "add_days": true, "add_months": true}

func (w *writer) call(n expr.Call, levels []string) string {
	switch n.Func {
	case "least", "greatest", "coalesce":
		return n.Func + "(" + w.list(n.Args, n.T, levels) + ")"
	}
	args := make([]string, len(n.Args))
	for i, a := range n.Args {
		t := expr.Text
		if f, ok := wanted[n.Func]; ok {
			t = f
		}
		if i > 0 && secondNumber[n.Func] {
			t = expr.Number
		}
		args[i] = w.typed(a, t, levels)
	}
	switch n.Func {
	case "today":
		return w.once(w.asked().Now.In(w.zone()).Format(time.DateOnly), "date")
	case "now":
		return w.once(w.asked().Now.UTC().Format(time.RFC3339Nano), "timestamptz")
	case "me":
		if w.asked().Member == 0 {
			return "NULL::bigint"
		}
		return w.once(w.asked().Member, "bigint")
	case "date":
		return w.dayOf(args[0])
	case "year", "month", "day", "quarter", "weekday":
		part := n.Func
		if part == "weekday" {
			part = "isodow"
		}
		x := args[0]
		if n.Args[0].Type() == expr.DateTime {
			x = w.dayOf(x)
		}
		return "extract(" + part + " FROM " + x + ")::numeric"
	case "round":
		if len(args) == 1 {
			return "round(" + args[0] + ")"
		}
		return "round(" + args[0] + ", " + args[1] + "::integer)" // a literal from 0 to 12
	case "concat": // without null, and cut where a value ends anyway
		for i := range args {
			args[i] += "::text"
		}
		return fmt.Sprintf("left(concat(%s), %d)", strings.Join(args, ", "), kind.MaxLongText)
	case "has":
		return "(" + args[0] + " @> ARRAY[" + args[1] + "])"
	}
	pattern, ok := calls[n.Func]
	if !ok {
		panic(fmt.Sprintf("sqlgen: function %q has no SQL", n.Func))
	}
	values := make([]any, len(args))
	for i, a := range args {
		values[i] = a
	}
	return fmt.Sprintf(pattern, values...)
}
