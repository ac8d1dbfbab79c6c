package sdl

import (
	"fmt"
	"slices"
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/query"
)

// AggregateSuffix makes the name of a list's aggregation of the list's name.
const AggregateSuffix = "Aggregate"

// KeysOf is the name under which keys of other records stand.
const KeysOf = "of"

// Function is a field of an aggregation's type that holds a metric for each field.
type Function struct {
	Name string
	Type string // without the form's
	Of   query.Function
}

// Functions are those fields.
var Functions = []Function{
	{"countDistinct", "AggregateCounts", query.CountDistinct},
	{"sum", "AggregateNumbers", query.Sum},
	{"avg", "AggregateNumbers", query.Avg},
	{"median", "AggregateNumbers", query.Median},
	{"min", "AggregateRange", query.Min},
	{"max", "AggregateRange", query.Max},
}

// aggregates prints the types of a form's aggregations.
func (p *printer) aggregates(f *form.Form) {
	t := f.Type
	keys := query.Groupable(f)
	refs := slices.DeleteFunc(slices.Clone(keys), func(x *form.Field) bool { return !x.IsReference() })
	p.put("type %[1]sAggregate {\n  \"How many records the group has.\"\n  count: Int!\n"+
		"  \"What its records have in common: keys of groupBy, and no others.\"\n  group: %[1]sGroupKey!\n", t)
	for _, fn := range Functions {
		if p.measured(f, fn.Of) != nil {
			p.put("  \"As AggregateFunction.%s says.\"\n  %s: %s%s!\n", fn.Of, fn.Name, t, fn.Type)
		}
	}
	p.put("}\n")
	p.measures(f, "AggregateCounts", query.CountDistinct, func(*form.Field) string { return "Int!" })
	p.measures(f, "AggregateNumbers", query.Sum, func(x *form.Field) string {
		if x.SQLType() == "interval" {
			return "Duration"
		}
		return "Decimal"
	})
	p.measures(f, "AggregateRange", query.Min, scalar)

	p.put("type %sGroupKey {\n", t)
	for _, x := range keys {
		switch {
		case query.IsDay(x):
			p.put("  %s(by: DatePeriod): Date\n", x.Name)
		case x.Target != nil:
			p.put("  %s: %s\n", x.Name, x.Target.Type)
		default:
			p.put("  %s: %s\n", x.Name, scalar(x))
		}
	}
	through := len(refs) > 0
	if through && f.Named(KeysOf) == nil {
		p.put("  %s: %sGroupKeyOf\n", KeysOf, t)
	}
	p.put("}\ninput %[1]sGroup {\n  field: %[1]sGroupField\n  \"Of days and moments, the period; DAY when left out.\"\n  by: DatePeriod\n", t)
	if through {
		p.put("  \"In place of field: a group by the record behind a reference.\"\n  %s: %sGroupOf\n", KeysOf, t)
	}
	p.put("}\nenum %sGroupField {\n", t)
	for _, x := range keys {
		p.put("  %s\n", query.OrderName(x))
	}
	p.put("}\n")
	if through {
		p.put("type %sGroupKeyOf {\n", t)
		for _, x := range refs {
			p.put("  %s: %sGroupKey!\n", x.Name, x.Target.Type)
		}
		p.put("}\ninput %sGroupOf @oneOf {\n", t)
		for _, x := range refs {
			p.put("  %s: %sGroup\n", x.Name, x.Target.Type)
		}
		p.put("}\n")
	}
	p.put("input %[1]sAggregateOrder { group: %[1]sGroup function: AggregateFunction field: %[1]sGroupField direction: OrderDirection = ASC nulls: NullsOrder = LAST }\n", t)
}

// measured lists the fields of a form that have a metric of a function.
func (p *printer) measured(f *form.Form, fn query.Function) []*form.Field {
	var out []*form.Field
	for _, x := range append(f.System[:len(f.System):len(f.System)], f.Fields...) {
		if f.Readable(x.Name) == x && p.shown(x) && fn.Of(x) {
			out = append(out, x)
		}
	}
	return out
}

func (p *printer) measures(f *form.Form, typ string, fn query.Function, of func(x *form.Field) string) {
	fields := p.measured(f, fn)
	if fields == nil { // GraphQL has no empty types
		return
	}
	p.put("type %s%s {\n", f.Type, typ)
	for _, x := range fields {
		p.put("  %s: %s%s\n", x.Name, of(x), deprecated(x))
	}
	p.put("}\n")
}

// aggregateArgs are the arguments of a list's aggregation in the typed face, and
// more of them.
func aggregateArgs(f *form.Form, more string) string {
	return fmt.Sprintf("(filter: %[1]sFilter, groupBy: [%[1]sGroup!], orderBy: [%[1]sAggregateOrder!], first: Int%[2]s): [%[1]sAggregate!]!", f.Type, more)
}

// Aggregated finds the list of a form whose aggregation goes by a name.
func Aggregated(f *form.Form, name string) *form.Field {
	list, ok := strings.CutSuffix(name, AggregateSuffix)
	if x := f.Readable(list); ok && x != nil && x.IsMany() && f.Readable(name) == nil {
		return x
	}
	return nil
}
