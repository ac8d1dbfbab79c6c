package e2e_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"fieldwork/internal/form"

	"github.com/vektah/gqlparser/v2/ast"
)

// asker makes one random document of queries, valid unless it says otherwise. A
// response name stands for one field with one set of arguments on a type, however
// often it is asked for, so that what must be merged can be.
type asker struct {
	*rand.Rand
	ref       *reference
	left      int // fields that may still be asked for
	fragments []*fragment
	vars      []*variable
	names     map[string]asked // by type and response name
	ops       []*operation
	inputs    bool // variables may stand inside of values
}

// asked is a field with its arguments, and the variables in those.
type asked struct {
	field, text string
	vars        []*variable
}

// uses are the variables and fragments that a definition uses.
type uses struct {
	vars      []*variable
	fragments []*fragment
}

type fragment struct {
	uses
	name, on, text string
	depth          int
	apart          bool // may stand beside fragments on other types
}

type operation struct {
	uses
	name, text string
}

// variable is a variable of the document with values to send for it.
type variable struct {
	name, typ, def string
	values         []any
	whole          bool       // null must not be sent: it stands where none is taken, by its default
	shared         bool       // it may stand in several places
	cursorOf       *form.Form // it is a cursor of a list of these records
	order          string
}

func (v *variable) required() bool { return strings.HasSuffix(v.typ, "!") }

const maxFields = 60

func (ref *reference) asker(rnd *rand.Rand) *asker {
	g := &asker{Rand: rnd, ref: ref, names: map[string]asked{}}
	query := ref.sdl.Query
	n := 1 + max(0, g.IntN(5)-2)
	for i := range n {
		g.left = maxFields
		op := &operation{name: string(rune('A' + i))}
		if n == 1 && g.chance(30) {
			op.name = ""
		}
		op.text = g.selection(query, 1+g.IntN(4), &op.uses, false)
		g.ops = append(g.ops, op)
	}
	return g
}

func (g *asker) chance(percent int) bool { return g.IntN(100) < percent }

// applies are the types that fragments on may stand in a selection of typ.
func (g *asker) applies(typ *ast.Definition) []string {
	if typ.Kind == ast.Object {
		return append([]string{typ.Name}, typ.Interfaces...)
	}
	out := []string{"Record", "Node"}
	for _, f := range g.ref.cat.Active() {
		out = append(out, f.Type)
	}
	return out
}

// selection makes the selections on a type. apart says that selections on other
// types may stand beside it.
func (g *asker) selection(typ *ast.Definition, depth int, u *uses, apart bool) string {
	var out []string
	if typ.Kind == ast.Interface {
		apart = true
	}
	n := 1 + g.IntN(5)
	if typ.Name == "Query" {
		n = 1 + g.IntN(4)
	}
	for range n {
		switch k := g.IntN(20); {
		case k == 0:
			out = append(out, []string{"__typename", "t: __typename"}[g.IntN(2)]+g.directives(u))
		case k < 3:
			of := g.applies(typ)
			on := g.ref.sdl.Types[of[g.IntN(len(of))]]
			cond := " on " + on.Name
			if on == typ && g.chance(50) {
				cond = ""
			}
			out = append(out, "..."+cond+g.directives(u)+" "+g.selection(on, depth, u, apart))
		case k < 5:
			f := g.fragment(typ, depth, apart)
			u.fragments = append(u.fragments, f)
			out = append(out, "..."+f.name+g.directives(u))
		default:
			if text := g.field(typ, depth, u, apart); text != "" {
				out = append(out, text)
			}
		}
	}
	if len(out) == 0 {
		out = append(out, "__typename")
	}
	if len(out) > 1 && g.chance(20) && !strings.HasPrefix(out[0], "...") { // what is the same is merged
		out = append(out, out[0])
	}
	return "{ " + strings.Join(out, " ") + " }"
}

// fragment is one that may stand in a selection of typ: one that there is, or a
// new one.
func (g *asker) fragment(typ *ast.Definition, depth int, apart bool) *fragment {
	of := g.applies(typ)
	for _, i := range g.Perm(len(g.fragments)) {
		if f := g.fragments[i]; slices.Contains(of, f.on) && f.depth <= depth && (f.apart || !apart) && g.chance(60) {
			return f
		}
	}
	f := &fragment{on: of[g.IntN(len(of))], depth: depth, apart: apart || g.chance(30)}
	f.text = g.selection(g.ref.sdl.Types[f.on], depth, &f.uses, f.apart)
	f.name = "F" + strconv.Itoa(len(g.fragments))
	g.fragments = append(g.fragments, f)
	return f
}

func (g *asker) directives(u *uses) string {
	if !g.chance(12) {
		return ""
	}
	out := ""
	for _, name := range []string{"skip", "include"} {
		if g.chance(60) {
			cond := strconv.FormatBool(g.chance(50))
			if g.chance(60) {
				cond = g.variable(u, "Boolean", true, true, false).name
			}
			out += " @" + name + "(if: " + cond + ")"
		}
	}
	return out
}

// variable is a variable for a place of the given type, which takes no null if
// whole.
func (g *asker) variable(u *uses, typ string, whole bool, values ...any) *variable {
	for _, i := range g.Perm(len(g.vars)) {
		if v := g.vars[i]; v.shared && strings.TrimSuffix(v.typ, "!") == typ && (v.whole || v.required() || !whole) && g.chance(40) {
			u.vars = append(u.vars, v)
			return v
		}
	}
	v := &variable{typ: typ, values: values}
	b, _ := json.Marshal(values[g.IntN(len(values))])
	if fits := typ == "Int" || typ == "Boolean" || typ == "ID" || typ == "String"; fits && (whole || g.chance(30)) && g.chance(60) {
		v.def, v.whole = string(b), whole
	} else if whole || g.chance(25) {
		v.typ += "!"
	}
	g.alone(u, v)
	v.shared = typ == "Boolean" || typ == "Int"
	return v
}

// alone adds a variable that stands in one place only.
func (g *asker) alone(u *uses, v *variable) *variable {
	v.name = "$v" + strconv.Itoa(len(g.vars))
	g.vars, u.vars = append(g.vars, v), append(u.vars, v)
	return v
}

func composite(d *ast.Definition) bool { return d.Kind == ast.Object || d.Kind == ast.Interface }

// field makes a selection of a random field, "" for none.
func (g *asker) field(typ *ast.Definition, depth int, u *uses, apart bool) string {
	var known []*ast.FieldDefinition
	for _, f := range typ.Fields {
		below := g.ref.sdl.Types[f.Type.Name()]
		if g.ref.knows(typ, f) && (depth > 0 || !composite(below)) {
			known = append(known, f)
		}
	}
	if len(known) == 0 || g.left <= 0 {
		return ""
	}
	g.left--
	f := known[g.IntN(len(known))]
	if typ.Name == "Query" && g.chance(20) {
		f = typ.Fields.ForName(referenceRoots[g.IntN(len(referenceRoots))])
	}
	name := ""
	switch {
	case typ.Kind == ast.Interface:
		if g.chance(30) {
			name = "r" + strconv.Itoa(g.IntN(4))
		}
	case apart:
		if g.ref.sdl.Types["Record"].Fields.ForName(f.Name) == nil || f.Name == "values" || g.chance(30) {
			name = typ.Name + "_" + f.Name + strconv.Itoa(g.IntN(2))
		}
	case g.chance(30):
		name = "a" + strconv.Itoa(g.IntN(6))
	}
	scope := typ.Name
	if typ.Kind == ast.Interface {
		scope = "Record"
	}
	response := name
	if name == "" {
		response = f.Name
	}
	have, ok := g.names[scope+"."+response]
	if ok && have.field != f.Name { // the alias is another field's
		response, ok = fmt.Sprintf("b%d", len(g.names)), false
		name = response
		if apart {
			name = typ.Name + "_" + name
			response = name
		}
	}
	if !ok {
		var in uses
		have = asked{field: f.Name, text: f.Name + g.arguments(typ, f, &in)}
		have.vars = in.vars
		g.names[scope+"."+response] = have
	}
	u.vars = append(u.vars, have.vars...)
	text := have.text
	if name != "" {
		text = name + ": " + text
	}
	text += g.directives(u)
	if below := g.ref.sdl.Types[f.Type.Name()]; composite(below) {
		less := 1
		if strings.HasSuffix(typ.Name, "Connection") || strings.HasSuffix(typ.Name, "Edge") {
			less = 0 // a list is one level, however its records are reached
		}
		if f.Type.Name() == "PageInfo" || strings.HasSuffix(f.Type.Name(), "Edge") {
			less = 0
		}
		text += " " + g.selection(below, depth-less, u, false)
	}
	return text
}

// A null that is written out is one for the program and nothing for the reference,
// which knows none; by the specification it is what nothing would be, wherever
// these stand.
const nothing = "\x00"

var nothings = regexp.MustCompile(nothing + "[^" + nothing + "]*" + nothing)

func (g *asker) arguments(typ *ast.Definition, f *ast.FieldDefinition, u *uses) string {
	var out, null []string
	put := func(name, text string) {
		if text == "null" {
			null = append(null, name+": null")
		} else {
			out = append(out, name+": "+text)
		}
	}
	switch {
	case f.Arguments.ForName("id") != nil:
		ids := g.ids(g.ref.root(f.Name))
		if g.chance(60) {
			put("id", g.variable(u, "ID", true, ids...).name)
		} else {
			put("id", strconv.Quote(ids[0].(string)))
		}
	case f.Name == "values":
		keys := g.fieldKeys(g.ref.form(typ.Name))
		switch k := g.IntN(6); {
		case k == 0:
			put("fields", g.variable(u, "[String!]", true, keys, keys[:len(keys)/2]).name)
		case k == 1 && len(keys) > 0:
			put("fields", literalOf([]any{keys[0], given(g.variable(u, "String", true, keys[0], keys[len(keys)-1]).name)}))
		case k == 2 && len(keys) > 0:
			put("fields", literalOf(keys[0]))
		default:
			put("fields", literalOf(keys))
		}
	case f.Arguments.ForName("key") != nil:
		forms := g.ref.cat.Active()
		put("key", strconv.Quote(forms[g.IntN(len(forms))].Key))
	case strings.HasSuffix(f.Type.Name(), aggregateSuffix):
		g.filtered(g.ref.form(strings.TrimSuffix(f.Type.Name(), aggregateSuffix)), shaped, u, put)
	case f.Arguments.ForName("first") != nil:
		g.list(typ, f, u, put)
	}
	switch {
	case len(out)+len(null) == 0:
		return ""
	case len(out) == 0:
		return nothing + "(" + strings.Join(null, ", ") + ")" + nothing
	case len(null) > 0:
		out = append(out, nothing+strings.Join(null, ", ")+nothing)
	}
	g.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return "(" + strings.Join(out, " ") + ")"
}

// ids are ids of records of a form, or of any, and some of none.
func (g *asker) ids(f *form.Form) []any {
	forms := g.ref.cat.Active()
	var out []any
	for range 4 {
		of := f
		if f == nil || g.chance(3) {
			of = forms[g.IntN(len(forms))]
		}
		all := g.ref.all[of.Key]
		id := all[g.IntN(len(all))].id()
		if g.chance(4) {
			id = []string{of.Key + "_99999", "nobody_1", of.Key, of.Key + "_01", of.Key + "_-1", "客户_1"}[g.IntN(6)]
		}
		out = append(out, id)
	}
	return out
}

// fieldKeys are keys of fields whose values look the same in values as in their
// column.
func (g *asker) fieldKeys(f *form.Form) []any {
	out := []any{}
	for _, x := range f.Own() {
		if k := x.KindName(); (k == "TEXT" || k == "INTEGER" || k == "BOOLEAN" || k == "DATE") && g.chance(60) {
			out = append(out, x.Key)
		}
	}
	if len(out) > 0 && g.chance(20) {
		out = append(out, out[0])
	}
	return out
}

// list makes the arguments of a list.
func (g *asker) list(typ *ast.Definition, f *ast.FieldDefinition, u *uses, put func(name, text string)) {
	root, in := typ.Name == "Query", shaped
	of := g.ref.root(f.Name)
	switch {
	case f.Name == "records":
		in, of = generic, g.ref.cat.Active()[g.IntN(len(g.ref.cat.Active()))]
		key := of.Key
		if g.chance(2) {
			key = "nothing"
		}
		put("form", strconv.Quote(key))
	case !root:
		of = g.ref.form(typ.Name).Named(f.Name).Target
	}
	order := g.order(of, in)
	signed := signOf(order)
	if len(order) > 0 {
		var text any = order
		if len(order) == 1 && g.chance(30) {
			text = order[0]
		}
		typ := of.Type + "Order"
		if in == generic {
			typ = "RecordOrder"
		}
		if g.chance(20) {
			put("orderBy", g.variable(u, "["+typ+"!]", false, plain(text)).name)
			if !root {
				signed = "unknown"
			}
		} else {
			if o := order[0].([]part); g.chance(15) && len(o) == 1 {
				order[0] = append(o, part{"direction", given(g.variable(u, "OrderDirection", false, "ASC", "DESC").name)})
				signed = "unknown"
			}
			if len(order) == 1 && g.chance(30) {
				put("orderBy", literalOf(order[0]))
			} else {
				put("orderBy", literalOf(order))
			}
		}
	}
	g.filtered(of, in, u, put)
	sizes := []any{1, 2, 3, 4}
	if root {
		sizes = []any{1, 2, 3, 7, 20}
		if g.chance(3) {
			sizes = []any{0, -1, 201, 5}
		}
	}
	size := func() string {
		switch {
		case g.chance(6):
			return "null"
		case g.chance(40):
			if slices.Contains(sizes, any(201)) { // what is wrong at the root is nowhere else
				return g.alone(u, &variable{typ: "Int", values: sizes}).name
			}
			return g.variable(u, "Int", false, sizes...).name
		}
		return fmt.Sprint(sizes[g.IntN(len(sizes))])
	}
	cursor := func() string { return g.alone(u, &variable{typ: "String", cursorOf: of, order: signed}).name }
	back := g.chance(30)
	if !root || g.chance(80) {
		put(map[bool]string{true: "last", false: "first"}[back], size())
	}
	if root && g.chance(1) {
		put(map[bool]string{true: "last", false: "first"}[!back], "2")
	}
	switch {
	case root && g.chance(40), !root && g.chance(15):
		put(map[bool]string{true: "before", false: "after"}[back], cursor())
	case root && !back && g.chance(20):
		put("offset", fmt.Sprint([]int{0, 1, 2, 5, 100}[g.IntN(5)]))
	case g.chance(3):
		put("after", "null")
	}
}

// filtered makes the filter of a list, often none.
func (g *asker) filtered(of *form.Form, in face, u *uses, put func(name, text string)) {
	switch {
	case g.chance(60):
	case g.chance(25):
		typ := of.Type + "Filter"
		if in == generic {
			typ = "JSON"
		}
		g.inputs = false
		put("filter", g.variable(u, typ, false, plain(g.filter(of, in, 2, false, u)), plain(g.filter(of, in, 1, false, u))).name)
	default:
		g.inputs = in == shaped
		put("filter", literalOf(g.filter(of, in, 2, false, u)))
	}
}

// word is the value of an enum.
type word string

// given is a variable inside a value.
type given string

// part is a part of an object; objects keep their order.
type part struct {
	name  string
	value any
}

// literalOf writes a value as a literal.
func literalOf(v any) string {
	switch v := v.(type) {
	case word:
		return string(v)
	case given:
		return string(v)
	case []part:
		var out []string
		for _, p := range v {
			out = append(out, p.name+": "+literalOf(p.value))
		}
		return "{" + strings.Join(out, ", ") + "}"
	case []any:
		var out []string
		for _, e := range v {
			out = append(out, literalOf(e))
		}
		return "[" + strings.Join(out, ", ") + "]"
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// plain is a value as a variable holds it.
func plain(v any) any {
	switch v := v.(type) {
	case word:
		return string(v)
	case []part:
		out := map[string]any{}
		for _, p := range v {
			out[p.name] = plain(p.value)
		}
		return out
	case []any:
		out := []any{}
		for _, e := range v {
			out = append(out, plain(e))
		}
		return out
	}
	return v
}

var ordered = []string{"INTEGER", "RATING", "PROGRESS", "DECIMAL", "MONEY", "PERCENT", "BOOLEAN", "DATE", "DATETIME", "CHOICE"}

// simple are the fields that the reference can compare.
func simple(f *form.Form, more ...string) []*form.Field {
	var out []*form.Field
	for _, x := range append(f.System[1:2:2], f.Own()...) {
		if x.KindName() == "INTEGER" && x.System || x.Stored() && (slices.Contains(ordered, x.KindName()) || slices.Contains(more, x.KindName())) {
			out = append(out, x)
		}
	}
	return out
}

// order makes an order, often none.
func (g *asker) order(f *form.Form, in face) []any {
	var out []any
	fields := simple(f)
	for g.chance(40) && len(out) < 3 {
		x := fields[g.IntN(len(fields))]
		o := []part{{"field", word(strings.ToUpper(x.Key))}}
		if in == generic {
			o[0].value = x.Key
		}
		if g.chance(50) {
			o = append(o, part{"direction", word([]string{"ASC", "DESC"}[g.IntN(2)])})
		}
		if g.chance(40) {
			o = append(o, part{"nulls", word([]string{"FIRST", "LAST"}[g.IntN(2)])})
		}
		out = append(out, o)
	}
	return out
}

// signOf tells an order from others, as page.order does.
func signOf(order []any) string {
	out := ""
	for _, item := range order {
		key, desc, first := "", false, false
		for _, p := range item.([]part) {
			switch text := fmt.Sprint(p.value); p.name {
			case "field":
				key = strings.ToLower(text)
			case "direction":
				desc = text == "DESC"
			case "nulls":
				first = text == "FIRST"
			}
		}
		out += sign(key, desc, first)
	}
	return out
}

// filter makes a simple filter.
func (g *asker) filter(f *form.Form, in face, depth int, behind bool, u *uses) []part {
	out, seen := []part{}, map[string]bool{}
	for range 1 + g.IntN(2) {
		var p part
		switch k := g.IntN(10); {
		case k == 0 && depth > 0:
			p = part{[]string{"and", "or"}[g.IntN(2)], []any{g.filter(f, in, depth-1, behind, u), g.filter(f, in, depth-1, behind, u)}}
		case k == 1 && depth > 0:
			p = part{"not", g.filter(f, in, depth-1, behind, u)}
		case k == 2 && behind:
			p = part{"isNull", g.chance(50)}
		case k < 5 && depth > 0:
			var refs []*form.Field
			for _, x := range f.Own() {
				if x.IsReference() && x.Stored() {
					refs = append(refs, x)
				}
			}
			if len(refs) == 0 {
				continue
			}
			x := refs[g.IntN(len(refs))]
			p = part{nameIn(in, x), g.filter(x.Target, in, depth-1, true, u)}
		default:
			fields := simple(f, "TEXT")
			x := fields[g.IntN(len(fields))]
			p = part{nameIn(in, x), g.comparison(f, x, in, u)}
		}
		if !seen[p.name] {
			seen[p.name] = true
			out = append(out, p)
		}
	}
	return out
}

func nameIn(in face, x *form.Field) string {
	if in == generic {
		return x.Key
	}
	return x.Name
}

func (g *asker) comparison(f *form.Form, x *form.Field, in face, u *uses) []part {
	ops := []string{"eq", "ne", "in", "notIn", "isNull"}
	switch x.KindName() {
	case "BOOLEAN":
		ops = []string{"eq", "ne", "isNull"}
	case "TEXT", "CHOICE":
	default:
		ops = append(ops, "lt", "gte")
	}
	op := ops[g.IntN(len(ops))]
	if op == "isNull" {
		return []part{{op, g.chance(50)}}
	}
	value := func() any {
		all := g.ref.all[f.Key]
		v := all[g.IntN(len(all))].values[x.Key]
		if v == nil {
			v = all[g.IntN(len(all))].values[x.Key]
		}
		switch {
		case v == nil:
			return nil
		case x.KindName() == "CHOICE" && in == generic:
			for _, o := range x.Options {
				if o.Enum == v {
					return o.Key
				}
			}
		case x.KindName() == "CHOICE":
			return word(v.(string))
		}
		if n, ok := v.(json.Number); ok && len(n) > 10 { // floating point is the reference's for JSON's numbers
			return json.Number("7")
		}
		return v
	}
	v := value()
	if v == nil {
		return []part{{"isNull", true}}
	}
	if x.KindName() == "TEXT" && g.chance(10) {
		v = ""
	}
	out := v
	typ := ""
	if in == shaped {
		typ = g.ref.sdl.Types[g.ref.sdl.Types[f.Type+"Filter"].Fields.ForName(x.Name).Type.Name()].Fields.ForName(op).Type.Name()
	}
	if g.inputs && g.chance(30) {
		out = given(g.variable(u, typ, op == "in" || op == "notIn", plain(v)).name)
	}
	if (op == "in" || op == "notIn") && g.chance(70) {
		out = []any{out, v}
	}
	return []part{{op, out}}
}

// request is one of the document's operations with values for its variables.
type request struct {
	name    string // of the operation, "" for none
	vars    map[string]any
	wrong   bool // something has been made wrong with it
	text    string
	refText string // as the reference takes it
}

func (u uses) all(seen map[*variable]bool, fragments map[*fragment]bool) {
	for _, v := range u.vars {
		seen[v] = true
	}
	for _, f := range u.fragments {
		if !fragments[f] {
			fragments[f] = true
			f.all(seen, fragments)
		}
	}
}

// request draws values for the variables of one of the operations. learned are the
// cursors that have been answered.
func (g *asker) request(known learned) request {
	op, r := g.ops[g.IntN(len(g.ops))], request{vars: map[string]any{}}
	if len(g.ops) > 1 || g.chance(30) {
		r.name = op.name
	}
	vars, fragments := map[*variable]bool{}, map[*fragment]bool{}
	op.all(vars, fragments)
	for _, v := range g.vars {
		if !vars[v] {
			continue
		}
		name := v.name[1:]
		switch {
		case v.cursorOf != nil:
			if c := g.cursor(v, known); c != "" {
				r.vars[name] = c
			} else if g.chance(20) {
				r.vars[name] = nil
			}
		case v.required(), g.chance(70):
			r.vars[name] = v.values[g.IntN(len(v.values))]
		case !v.whole && g.chance(40):
			r.vars[name] = nil
		}
	}
	wrong := ""
	if g.chance(4) {
		r.wrong = true
		switch g.IntN(6) {
		case 5:
			for name, v := range r.vars {
				if _, ok := v.(int); ok {
					r.vars[name] = "x"
				}
			}
		case 0:
			wrong = " nope"
		case 1:
			wrong = " node(id: $nope) { id }"
		case 2:
			wrong = " record(id: \"customer_1\", nope: 1) { id }"
		case 3:
			r.name = "Nope"
		case 4:
			wrong = " record(id: \"customer_1\") { ...Nope }"
		}
	}
	r.text, r.refText = g.text(op, wrong, nil), g.text(op, wrong, r.vars)
	return r
}

// cursor picks a cursor for a variable among those learned, "" for none.
func (g *asker) cursor(v *variable, known learned) string {
	var fit []string
	for text := range known {
		if id, order := cutMark(known.of(text, v.cursorOf)); id != "" && order == v.order {
			fit = append(fit, text)
		}
	}
	if len(fit) == 0 || g.chance(15) {
		return ""
	}
	sort.Strings(fit)
	return fit[g.IntN(len(fit))]
}

// text writes the document; for the reference with the variables of a request.
func (g *asker) text(op *operation, wrong string, vars map[string]any) string {
	var b strings.Builder
	for _, o := range g.ops {
		seen := map[*variable]bool{}
		o.all(seen, map[*fragment]bool{})
		var defs []string
		for _, v := range g.vars {
			if !seen[v] {
				continue
			}
			def := v.name + ": " + v.typ
			sent, given := vars[v.name[1:]]
			if v.def != "" && (!given || sent != nil) { // the reference takes null for nothing, and the default then
				def += " = " + v.def
			}
			defs = append(defs, def)
		}
		if o.name != "" || len(defs) > 0 {
			b.WriteString("query ")
		}
		b.WriteString(o.name)
		if len(defs) > 0 {
			b.WriteString("(" + strings.Join(defs, ", ") + ")")
		}
		text := o.text
		if o == op && wrong != "" {
			text = strings.TrimSuffix(text, "}") + wrong + " }"
		}
		b.WriteString(" " + text + "\n")
	}
	for _, f := range g.fragments {
		b.WriteString("fragment " + f.name + " on " + f.on + " " + f.text + "\n")
	}
	if vars != nil {
		return nothings.ReplaceAllString(b.String(), "")
	}
	return strings.ReplaceAll(b.String(), nothing, "")
}
