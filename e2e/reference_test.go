package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"fieldwork/internal/form"

	"github.com/graphql-go/graphql"
	refast "github.com/graphql-go/graphql/language/ast"
	"github.com/vektah/gqlparser/v2/ast"
)

// reference is the reading side of an organisation's schema as another library
// executes it: its types are those of the organisation's own SDL, and its
// resolvers look at rows in memory in the plainest way there is. It knows what
// api.md says of lists and nothing of how the program reads them.
type reference struct {
	*rows
	sdl    *ast.Schema
	schema graphql.Schema
	types  map[string]graphql.Type
}

// referenceRoots are the fields of Query, besides those of forms, that it answers.
var referenceRoots = []string{"node", "record", "records", "form"}

func newReference(t *testing.T, d *rows, sdl *ast.Schema) *reference {
	t.Helper()
	ref := &reference{rows: d, sdl: sdl, types: map[string]graphql.Type{"String": graphql.String, "Int": graphql.Int, "ID": graphql.ID, "Boolean": graphql.Boolean}}
	var objects []graphql.Type
	for _, f := range d.cat.Active() {
		objects = append(objects, ref.named(f.Type))
	}
	var err error
	ref.schema, err = graphql.NewSchema(graphql.SchemaConfig{Query: ref.named("Query").(*graphql.Object), Types: objects})
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// knows says whether the reference answers a field, and so whether one may ask
// for it.
func (ref *reference) knows(typ *ast.Definition, f *ast.FieldDefinition) bool {
	switch {
	case strings.HasPrefix(f.Name, "__"), f.Type.Name() == "File", f.Type.Name() == "RecordChangeConnection", f.Type.Name() == "HealthScore":
		return false
	case strings.HasSuffix(typ.Name, aggregateSuffix):
		return f.Name == "count"
	case typ.Name == "Query":
		return slices.Contains(referenceRoots, f.Name) || ref.root(f.Name) != nil
	case typ.Name == "Form":
		return f.Name == "key" || f.Name == "plural" || f.Name == "typeName" || f.Name == "standard"
	case f.Name == "values":
		return ref.form(typ.Name) != nil
	}
	return true
}

// aggregateSuffix ends the names of what lists come to.
const aggregateSuffix = "Aggregate"

// root is the form that a field of Query is about.
func (ref *reference) root(name string) *form.Form {
	for _, f := range ref.cat.Active() {
		if f.One == name || f.Many == name || f.Many+aggregateSuffix == name {
			return f
		}
	}
	return nil
}

// form is the form whose records are of a type.
func (ref *reference) form(typ string) *form.Form {
	for _, f := range ref.cat.Active() {
		if f.Type == typ {
			return f
		}
	}
	return nil
}

func (ref *reference) typ(t *ast.Type) graphql.Type {
	var out graphql.Type
	if t.Elem != nil {
		out = graphql.NewList(ref.typ(t.Elem))
	} else {
		out = ref.named(t.NamedType)
	}
	if t.NonNull {
		out = graphql.NewNonNull(out)
	}
	return out
}

func (ref *reference) named(name string) graphql.Type {
	if t := ref.types[name]; t != nil {
		return t
	}
	d := ref.sdl.Types[name]
	switch d.Kind {
	case ast.Scalar:
		ref.types[name] = graphql.NewScalar(graphql.ScalarConfig{Name: name, Serialize: func(v any) any { return v }, ParseValue: func(v any) any { return v }, ParseLiteral: literal})
	case ast.Enum:
		values := graphql.EnumValueConfigMap{}
		for _, v := range d.EnumValues {
			values[v.Name] = &graphql.EnumValueConfig{Value: v.Name}
		}
		ref.types[name] = graphql.NewEnum(graphql.EnumConfig{Name: name, Values: values})
	case ast.InputObject:
		ref.types[name] = graphql.NewInputObject(graphql.InputObjectConfig{Name: name, Fields: graphql.InputObjectConfigFieldMapThunk(func() graphql.InputObjectConfigFieldMap {
			out := graphql.InputObjectConfigFieldMap{}
			for _, f := range d.Fields {
				in := &graphql.InputObjectFieldConfig{Type: ref.typ(f.Type)}
				if f.DefaultValue != nil {
					in.DefaultValue = f.DefaultValue.Raw
				}
				out[f.Name] = in
			}
			return out
		})})
	case ast.Interface:
		ref.types[name] = graphql.NewInterface(graphql.InterfaceConfig{Name: name, Fields: ref.fields(d), ResolveType: func(p graphql.ResolveTypeParams) *graphql.Object {
			return ref.named(p.Value.(*row).form.Type).(*graphql.Object)
		}})
	default:
		ref.types[name] = graphql.NewObject(graphql.ObjectConfig{Name: name, Fields: ref.fields(d), Interfaces: graphql.InterfacesThunk(func() []*graphql.Interface {
			var out []*graphql.Interface
			for _, i := range d.Interfaces {
				out = append(out, ref.named(i).(*graphql.Interface))
			}
			return out
		})})
	}
	return ref.types[name]
}

func (ref *reference) fields(d *ast.Definition) graphql.FieldsThunk {
	return func() graphql.Fields {
		out := graphql.Fields{}
		for _, f := range d.Fields {
			if !ref.knows(d, f) {
				continue
			}
			args := graphql.FieldConfigArgument{}
			for _, a := range f.Arguments {
				args[a.Name] = &graphql.ArgumentConfig{Type: ref.typ(a.Type)}
			}
			out[f.Name] = &graphql.Field{Type: ref.typ(f.Type), Args: args, Resolve: ref.resolve}
		}
		return out
	}
}

// literal is the value that a literal of a scalar stands for.
func literal(v refast.Value) any {
	switch v := v.(type) {
	case *refast.IntValue:
		return json.Number(v.Value)
	case *refast.FloatValue:
		return json.Number(v.Value)
	case *refast.ObjectValue:
		out := map[string]any{}
		for _, f := range v.Fields {
			out[f.Name.Value] = literal(f.Value)
		}
		return out
	case *refast.ListValue:
		out := []any{}
		for _, e := range v.Values {
			out = append(out, literal(e))
		}
		return out
	}
	return v.GetValue()
}

// place is an edge: a record in a list.
type place struct {
	*row
	in *page
}

// resolve answers every field there is.
func (ref *reference) resolve(p graphql.ResolveParams) (any, error) {
	name := p.Info.FieldName
	known := p.Info.RootValue.(map[string]any)["learned"].(learned)
	switch source := p.Source.(type) {
	case *row:
		return ref.ofRecord(source, name, p.Args, known)
	case *page:
		switch name {
		case "nodes":
			return source.rows, nil
		case "edges":
			out := []place{}
			for _, r := range source.rows {
				out = append(out, place{r, source})
			}
			return out, nil
		case "totalCount":
			return source.total, nil
		case "pageInfo":
			return source, nil
		case "hasNextPage":
			return source.next, nil
		case "hasPreviousPage":
			return source.previous, nil
		}
		if len(source.rows) == 0 {
			return nil, nil
		}
		if name == "startCursor" {
			return source.cursor(source.rows[0]), nil
		}
		return source.cursor(source.rows[len(source.rows)-1]), nil
	case place:
		if name == "cursor" {
			return source.in.cursor(source.row), nil
		}
		return source.row, nil
	case *form.Form:
		return map[string]any{"key": source.Key, "plural": source.Plural, "typeName": source.Type, "standard": source.Standard}[name], nil
	case map[string]any:
		if p.Info.ParentType.Name() != "Query" {
			return source[name], nil // a part of an address or a location
		}
	}
	switch {
	case name == "node" || name == "record":
		if r := ref.byID[p.Args["id"].(string)]; r != nil {
			return r, nil
		}
		return nil, errors.New("there is none")
	case name == "form":
		return ref.cat.Form(p.Args["key"].(string)), nil
	case name == "records":
		f := ref.cat.Form(p.Args["form"].(string))
		if f == nil {
			return nil, errors.New("no such form")
		}
		return ref.page(f, ref.all[f.Key], p.Args, generic, known)
	}
	f := ref.root(name)
	switch name {
	case f.Many:
		return ref.page(f, ref.all[f.Key], p.Args, shaped, known)
	case f.Many + aggregateSuffix:
		return ref.count(f, ref.all[f.Key], p.Args), nil
	}
	if r := ref.byID[p.Args["id"].(string)]; r != nil && r.form == f {
		return r, nil
	}
	return nil, errors.New("there is none")
}

func (ref *reference) ofRecord(r *row, name string, args map[string]any, known learned) (any, error) {
	switch name {
	case "title":
		return ref.title(r), nil
	case "form":
		return r.form, nil
	case "values":
		return ref.values(r, args)
	}
	x := r.form.Named(name)
	if x == nil {
		x = r.form.Named(strings.TrimSuffix(name, aggregateSuffix))
		return ref.count(x.Target, ref.many(r, x), args), nil
	}
	if x.IsMany() {
		return ref.page(x.Target, ref.many(r, x), args, shaped, known)
	}
	v := ref.value(r, x)
	if n, ok := v.(json.Number); ok && (x.Key == "version" || x.Value.GraphQL() == "Int") { // the library's own
		return int(number(n)), nil
	}
	return v, nil
}

// values writes an object of values by field key.
func (ref *reference) values(r *row, args map[string]any) (any, error) {
	b := []byte{'{'}
	seen := map[any]bool{}
	for _, key := range args["fields"].([]any) {
		if seen[key] {
			continue
		}
		seen[key] = true
		v, err := json.Marshal(r.values[key.(string)])
		if err != nil {
			return nil, err
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(fmt.Appendf(b, "%q:", key), v...)
	}
	return json.RawMessage(append(b, '}')), nil
}

// page is a page of a list.
type page struct {
	rows           []*row
	total          int
	next, previous bool
	order          string
}

// cursorMark begins the cursors of the reference. Those of the program are opaque,
// so a cursor of its answer is taken to be the one that the reference has there.
const cursorMark = "cursor "

func (p *page) cursor(r *row) string { return cursorMark + r.id() + " " + p.order }

func cutMark(mark string) (id, order string) {
	id, order, _ = strings.Cut(strings.TrimPrefix(mark, cursorMark), " ")
	return id, order
}

func sign(key string, desc, nullsFirst bool) string {
	return fmt.Sprintf("%s %t %t,", key, desc, nullsFirst)
}

type orderKey struct {
	*form.Field
	desc, nullsFirst bool
}

// face is how filters name fields and options.
type face int

const (
	shaped  face = iota // as the schema does
	generic             // by key
)

func (in face) field(f *form.Form, name string) *form.Field {
	if in == generic {
		return f.Field(name)
	}
	return f.Named(name)
}

// page is what a list of records answers to arguments.
func (ref *reference) page(f *form.Form, of []*row, args map[string]any, in face, known learned) (any, error) {
	var order []orderKey
	list, _ := args["orderBy"].([]any)
	p := &page{}
	for _, item := range list {
		o := item.(map[string]any)
		x := f.Field(strings.ToLower(o["field"].(string))) // enums are keys in upper case
		order = append(order, orderKey{x, o["direction"] == "DESC", o["nulls"] == "FIRST"})
		p.order += sign(x.Key, o["direction"] == "DESC", o["nulls"] == "FIRST")
	}
	all := ref.filtered(f, of, args, in)
	slices.SortStableFunc(all, func(a, b *row) int { return placed(order, a, b) })
	p.total = len(all)
	first, forward := args["first"].(int)
	last, backward := args["last"].(int)
	offset, _ := args["offset"].(int)
	text, after := args["after"].(string)
	if b, given := args["before"].(string); given {
		text, backward = b, true
		if after {
			return nil, errors.New("after and before")
		}
	}
	size := 20
	if forward {
		size = first
	}
	if _, given := args["last"]; given {
		size = last
	}
	if (forward || after) && backward || size < 1 || size > 200 || offset < 0 || offset > 10_000 || offset > 0 && (text != "" || backward) {
		return nil, errors.New("bad page")
	}
	if text != "" {
		id, its := cutMark(known.of(text, f))
		if id == "" || its != p.order {
			return nil, errors.New("bad cursor")
		}
		all = slices.DeleteFunc(slices.Clone(all), func(r *row) bool {
			c := placed(order, r, ref.byID[id])
			return c == 0 || (c > 0) == backward
		})
	}
	all = all[min(offset, len(all)):]
	n := min(size, len(all))
	if backward {
		p.rows, p.previous, p.next = all[len(all)-n:], len(all) > n, text != ""
	} else {
		p.rows, p.next, p.previous = all[:n], len(all) > n, text != "" || offset > 0
	}
	return p, nil
}

func (ref *reference) filtered(f *form.Form, of []*row, args map[string]any, in face) []*row {
	filter, _ := args["filter"].(map[string]any)
	out := []*row{}
	for _, r := range of {
		if r.live() && ref.holds(filter, f, r, in) {
			out = append(out, r)
		}
	}
	return out
}

// count is what a list comes to that is not grouped.
func (ref *reference) count(f *form.Form, of []*row, args map[string]any) any {
	return []any{map[string]any{"count": len(ref.filtered(f, of, args, shaped))}}
}

// placed compares the places of two records.
func placed(order []orderKey, a, b *row) int {
	for _, o := range order {
		v, w := a.values[o.Key], b.values[o.Key]
		c := 0
		switch {
		case v == nil && w == nil:
			continue
		case v == nil || w == nil:
			if (v == nil) == o.nullsFirst {
				return -1
			}
			return 1
		default:
			c = compare(o.Field, v, w)
		}
		if c != 0 && o.desc {
			return -c
		}
		if c != 0 {
			return c
		}
	}
	if n := len(order); n > 0 && order[n-1].desc { // ties are broken the way of the last key
		return int(b.n - a.n)
	}
	return int(a.n - b.n)
}

// compare compares two values of a field that the asker orders or filters by.
func compare(x *form.Field, v, w any) int {
	switch x.Kind.Name() {
	case "CHOICE":
		at := func(v any) int { return slices.IndexFunc(x.Options, func(o *form.Option) bool { return o.Enum == v }) }
		return at(v) - at(w)
	case "BOOLEAN":
		return map[bool]int{true: 1}[v.(bool)] - map[bool]int{true: 1}[w.(bool)]
	case "INTEGER", "RATING", "PROGRESS", "DECIMAL", "MONEY", "PERCENT":
		return rational(v).Cmp(rational(w))
	case "DATETIME":
		return strings.Compare(strings.TrimSuffix(v.(string), "Z"), strings.TrimSuffix(w.(string), "Z"))
	}
	return strings.Compare(fmt.Sprint(v), fmt.Sprint(w))
}

func rational(v any) *big.Rat {
	if f, ok := v.(float64); ok {
		return new(big.Rat).SetFloat64(f)
	}
	r, _ := new(big.Rat).SetString(fmt.Sprint(v))
	return r
}

// holds says whether a filter holds for a record; nil: one that is not there.
func (ref *reference) holds(filter map[string]any, f *form.Form, r *row, in face) bool {
	for name, v := range filter {
		if v != nil && !ref.condition(name, v, f, r, in) { // null is "not said"
			return false
		}
	}
	return true
}

func (ref *reference) condition(name string, v any, f *form.Form, r *row, in face) bool {
	each := func(v any) (out []map[string]any) {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, e := range list {
			out = append(out, e.(map[string]any))
		}
		return out
	}
	switch name {
	case "and":
		return !slices.ContainsFunc(each(v), func(m map[string]any) bool { return !ref.holds(m, f, r, in) })
	case "or":
		return slices.ContainsFunc(each(v), func(m map[string]any) bool { return ref.holds(m, f, r, in) })
	case "not":
		return !ref.holds(v.(map[string]any), f, r, in)
	case "isNull":
		return v.(bool) == (r == nil)
	}
	x := in.field(f, name)
	var have any
	if r != nil {
		have = r.values[x.Key]
	}
	if x.IsReference() {
		var to *row
		if n, ok := have.(int64); ok {
			to = ref.find(x.Target, n)
		}
		return ref.holds(v.(map[string]any), x.Target, to, in)
	}
	equal := func(w any) bool {
		if have == nil {
			return false
		}
		if x.IsChoice() && in == generic {
			for _, o := range x.Options {
				if o.Key == w {
					w = o.Enum
				}
			}
		}
		return compare(x, have, w) == 0
	}
	for op, w := range v.(map[string]any) {
		if w == nil {
			continue
		}
		ok := false
		switch op {
		case "eq":
			ok = equal(w)
		case "ne":
			ok = !equal(w)
		case "in", "notIn":
			list, many := w.([]any)
			if !many {
				list = []any{w}
			}
			ok = slices.ContainsFunc(list, equal) == (op == "in")
		case "isNull":
			ok = (have == nil) == w
		case "lt":
			ok = have != nil && compare(x, have, w) < 0
		case "gte":
			ok = have != nil && compare(x, have, w) >= 0
		}
		if !ok {
			return false
		}
	}
	return true
}
