package shaped

import (
	"encoding/json"
	"maps"
	"reflect"
	"strconv"

	"fieldwork/internal/fault"
	"fieldwork/internal/query"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// value turns an argument into what a JSON decoder would have made of it:
// numbers stay text, so that decimals never pass through floating point, and a
// variable that was not given is absent, which null is not.
func value(v *ast.Value, vars map[string]any) (any, bool) {
	if v == nil {
		return nil, false
	}
	switch v.Kind {
	case ast.Variable:
		given, ok := vars[v.Raw]
		return Lists(given), ok
	case ast.IntValue, ast.FloatValue:
		return json.Number(v.Raw), true
	case ast.StringValue, ast.BlockValue, ast.EnumValue:
		return v.Raw, true
	case ast.BooleanValue:
		return v.Raw == "true", true
	case ast.ListValue:
		out := make([]any, 0, len(v.Children))
		for _, c := range v.Children {
			item, _ := value(c.Value, vars) // a variable that is absent is null in a list
			out = append(out, item)
		}
		return out, true
	case ast.ObjectValue:
		out := make(map[string]any, len(v.Children))
		for _, c := range v.Children {
			if item, ok := value(c.Value, vars); ok {
				out[c.Name] = item
			}
		}
		return out, true
	}
	return nil, true
}

// Lists makes []any of every list in a value of a variable. Where one value was
// given for a list of one, gqlparser made a list of that value's own type.
func Lists(v any) any {
	switch v := v.(type) {
	case nil, string, bool, json.Number:
		return v
	case map[string]any:
		for k, x := range v {
			v[k] = Lists(x)
		}
		return v
	case []any:
		for i, x := range v {
			v[i] = Lists(x)
		}
		return v
	}
	r := reflect.ValueOf(v)
	if r.Kind() != reflect.Slice {
		return v
	}
	out := make([]any, r.Len())
	for i := range out {
		out[i] = Lists(r.Index(i).Interface())
	}
	return out
}

// WithDefaults gives variables that were left out their defaults, as a JSON
// decoder would have made them. gqlparser would do it too, but make floating
// point of numbers.
func WithDefaults(p *graphql.RawParams, doc *ast.QueryDocument) *graphql.RawParams {
	op := doc.Operations.ForName(p.OperationName)
	if op == nil {
		return p
	}
	out := *p
	for _, d := range op.VariableDefinitions {
		if _, given := out.Variables[d.Variable]; given || d.DefaultValue == nil {
			continue
		}
		if len(out.Variables) == len(p.Variables) { // the caller's map stays as it is
			out.Variables = maps.Clone(p.Variables)
			if out.Variables == nil {
				out.Variables = map[string]any{}
			}
		}
		out.Variables[d.Variable], _ = value(d.DefaultValue, nil)
	}
	return &out
}

// Args are the arguments of one field.
type Args map[string]any

// Arguments reads the arguments of a field.
func Arguments(f *ast.Field, vars map[string]any) Args {
	out := make(Args, len(f.Arguments))
	for _, a := range f.Arguments {
		if v, ok := value(a.Value, vars); ok {
			out[a.Name] = v
		}
	}
	return out
}

// Input is the one argument of a mutation.
func (a Args) Input() map[string]any {
	m, _ := a["input"].(map[string]any)
	return m
}

// Arguments are those of a field of the operation.
func (x *Operation) Arguments(c graphql.CollectedField) Args {
	return Arguments(c.Field, x.Op.Variables)
}

// Text is a text, empty when it was left out.
func (a Args) Text(name string) string {
	s, _ := a[name].(string)
	return s
}

// Number reads an Int argument; ok is false when it was left out or null.
func Number(v any) (n int, ok bool) {
	switch v := v.(type) {
	case json.Number:
		i, err := strconv.Atoi(v.String())
		return i, err == nil
	case int64:
		return int(v), true
	case int:
		return v, true
	case float64:
		return int(v), true
	}
	return 0, false
}

// Size reads how long a page is to be, 0 when that was left out.
func (a Args) Size(name string) (int, error) {
	n, given := Number(a[name])
	switch {
	case !given:
		return 0, nil
	case n < 1:
		return 0, fault.New(fault.Invalid, "must be at least 1").At(name)
	case n > query.MaxPage:
		return n, fault.New(fault.TooCostly, "a page has at most %d records", query.MaxPage).At(name)
	}
	return n, nil
}

// Page reads first, after, last, before and offset into l.
func (a Args) Page(l *query.List) error {
	var bad fault.List
	first, err := a.Size("first")
	_ = bad.Add(err)
	last, err := a.Size("last")
	_ = bad.Add(err)
	after, before := a["after"], a["before"]
	if (first != 0 || after != nil) && (last != 0 || before != nil) {
		_ = bad.Add(fault.New(fault.Invalid, "a page goes forward (first, after) or backward (last, before), not both"), "last")
	}
	l.First = max(first, last)
	if l.First == 0 {
		l.First = query.DefaultPage
	}
	l.Back = last != 0 || before != nil
	for _, name := range []string{"after", "before"} {
		if s, ok := a[name].(string); ok {
			c, err := query.DecodeCursor(l.Order, s)
			_ = bad.Add(err, name)
			l.Cursor = c
		}
	}
	if n, given := Number(a["offset"]); given {
		switch {
		case n < 0:
			_ = bad.Add(fault.New(fault.Invalid, "must not be negative"), "offset")
		case n > query.MaxOffset:
			_ = bad.Add(fault.New(fault.TooCostly, "an offset is at most %d; use cursors beyond", query.MaxOffset), "offset")
		case n > 0 && (l.Cursor != nil || l.Back):
			_ = bad.Add(fault.New(fault.Invalid, "an offset counts from the start of the list, without cursors"), "offset")
		}
		l.Offset = n
	}
	return bad.Err()
}
