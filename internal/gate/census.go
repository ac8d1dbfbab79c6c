package gate

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// census looks once at every node as written. It counts what the limits count
// and builds the smaller tree on which the later stages work.
type census struct {
	Limits
	defaults map[string]int // values in the default of a variable, the largest of all operations
	seen     struct{ variables, aliases, directives, spreads int }
	spreads  []*node
	long     *ast.Position // of the first name that is too long
	runes    []rune        // of the text, once a literal had to be looked up in it
}

func (c *census) document(doc *ast.QueryDocument) (definitions, *gqlerror.Error) {
	var defs definitions
	if len(doc.Operations) > c.Operations {
		return defs, tooCostly(doc.Operations[c.Operations].Position, "the query has more than %d operations", c.Operations)
	}
	if len(doc.Fragments) > c.Fragments {
		return defs, tooCostly(doc.Fragments[c.Fragments].Position, "the query has more than %d fragments", c.Fragments)
	}
	// All variables first: what a use costs depends on how many there are, and
	// a fragment may be used by any operation.
	for _, op := range doc.Operations {
		if err := c.variables(op.VariableDefinitions); err != nil {
			return defs, err
		}
	}
	for _, op := range doc.Operations {
		def, err := c.definition(op.Name, op.Position, op.Directives, op.SelectionSet)
		if err != nil {
			return defs, err
		}
		def.name = "" // an operation is never spread
		defs.operations = append(defs.operations, def)
	}
	byName := make(map[string]*definition, len(doc.Fragments))
	for _, f := range doc.Fragments {
		if err := c.variables(f.VariableDefinition); err != nil {
			return defs, err
		}
		c.names(f.Position, f.TypeCondition)
		def, err := c.definition(f.Name, f.Position, f.Directives, f.SelectionSet)
		if err != nil {
			return defs, err
		}
		defs.fragments = append(defs.fragments, def)
		if byName[f.Name] == nil { // of two, gqlparser takes the first
			byName[f.Name] = def
		}
	}
	if c.long != nil {
		return defs, tooCostly(c.long, "a name is longer than %d bytes", c.Name)
	}
	for _, s := range c.spreads {
		s.def = byName[s.name]
	}
	return defs, nil
}

func (c *census) definition(name string, pos *ast.Position, dirs ast.DirectiveList, sel ast.SelectionSet) (*definition, *gqlerror.Error) {
	c.names(pos, name)
	if _, err := c.directives(pos, dirs); err != nil {
		return nil, err
	}
	s, err := c.selections(sel, 0)
	if err != nil {
		return nil, err
	}
	return &definition{name: name, pos: pos, set: s}, nil
}

func (c *census) variables(list ast.VariableDefinitionList) *gqlerror.Error {
	for _, v := range list {
		if c.seen.variables++; c.seen.variables > c.Variables {
			return tooCostly(v.Position, "the query has more than %d variables", c.Variables)
		}
		c.names(v.Position, v.Variable)
		depth := 1
		for t := v.Type; t != nil; t = t.Elem {
			if depth > c.Literals {
				return tooCostly(v.Position, "a type nests lists more than %d deep", c.Literals)
			}
			c.names(v.Position, t.NamedType)
			depth++
		}
		if _, err := c.directives(v.Position, v.Directives); err != nil {
			return err
		}
		if v.DefaultValue == nil {
			continue
		}
		var w weight
		if err := c.value(v.DefaultValue, 1, &w); err != nil {
			return err
		}
		c.defaults[v.Variable] = max(c.defaults[v.Variable], w.values)
	}
	return nil
}

// selections counts a selection set; nested says how many inline fragments it
// is in since the last field.
func (c *census) selections(list ast.SelectionSet, nested int) (*set, *gqlerror.Error) {
	if len(list) == 0 {
		return nil, nil
	}
	s := &set{nodes: make([]node, len(list))}
	for i, sel := range list {
		n := &s.nodes[i]
		if _, ok := sel.(*ast.Field); !ok {
			if c.seen.spreads++; c.seen.spreads > c.Spreads {
				return nil, tooCostly(sel.GetPosition(), "the query spreads fragments in more than %d places", c.Spreads)
			}
		}
		var err *gqlerror.Error
		switch sel := sel.(type) {
		case *ast.Field:
			err = c.field(n, sel)
		case *ast.InlineFragment:
			err = c.inline(n, sel, nested+1)
		case *ast.FragmentSpread:
			err = c.spread(n, sel)
		}
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (c *census) field(n *node, f *ast.Field) *gqlerror.Error {
	*n = node{kind: field, name: f.Alias, pos: f.Position, args: len(f.Arguments)}
	c.names(f.Position, f.Name, f.Alias)
	if f.Alias != f.Name {
		if c.seen.aliases++; c.seen.aliases > c.Aliases {
			return tooCostly(f.Position, "the query has more than %d aliases", c.Aliases)
		}
	}
	switch f.Name {
	case "__schema", "__type":
		n.schema = true
	case "types", "fields", "inputFields", "interfaces", "possibleTypes", "enumValues":
		n.list = true
	}
	w, err := c.arguments(f.Arguments)
	if err != nil {
		return err
	}
	steps, err := c.directives(f.Position, f.Directives)
	if err != nil {
		return err
	}
	n.values, n.steps = w.values, fieldSteps+w.steps+steps
	n.sub, err = c.selections(f.SelectionSet, 0)
	return err
}

func (c *census) inline(n *node, f *ast.InlineFragment, nested int) *gqlerror.Error {
	*n = node{kind: inline, pos: f.Position}
	if nested > c.Inline {
		return tooCostly(f.Position, "inline fragments are nested more than %d deep", c.Inline)
	}
	c.names(f.Position, f.TypeCondition)
	steps, err := c.directives(f.Position, f.Directives)
	if err != nil {
		return err
	}
	n.steps = fragmentSteps + steps
	n.sub, err = c.selections(f.SelectionSet, nested)
	return err
}

func (c *census) spread(n *node, f *ast.FragmentSpread) *gqlerror.Error {
	*n = node{kind: spread, name: f.Name, pos: f.Position}
	c.names(f.Position, f.Name)
	steps, err := c.directives(f.Position, f.Directives)
	n.steps = fragmentSteps + steps
	c.spreads = append(c.spreads, n)
	return err
}

// names remembers where the first name is that is too long. Suggestions cost
// the length of a name times all names of the schema.
func (c *census) names(pos *ast.Position, names ...string) {
	for _, name := range names {
		if len(name) > c.Name && c.long == nil {
			c.long = pos
		}
	}
}

func (c *census) directives(pos *ast.Position, list ast.DirectiveList) (steps int, err *gqlerror.Error) {
	if len(list) > c.DirectivesHere {
		return 0, tooCostly(pos, "more than %d directives in one place", c.DirectivesHere)
	}
	for _, d := range list {
		if c.seen.directives++; c.seen.directives > c.Directives {
			return 0, tooCostly(d.Position, "the query has more than %d directives", c.Directives)
		}
		c.names(d.Position, d.Name)
		w, err := c.arguments(d.Arguments)
		if err != nil {
			return 0, err
		}
		steps += directiveSteps + w.steps
	}
	return steps, nil
}

// weight is what values cost: steps to validate, and how many they are.
type weight struct{ steps, values int }

func (c *census) arguments(list ast.ArgumentList) (w weight, err *gqlerror.Error) {
	for _, a := range list {
		c.names(a.Position, a.Name)
		if err := c.value(a.Value, 1, &w); err != nil {
			return w, err
		}
	}
	return w, nil
}

func (c *census) value(v *ast.Value, depth int, w *weight) *gqlerror.Error {
	w.values++
	switch v.Kind {
	case ast.ListValue, ast.ObjectValue:
		if depth > c.Literals {
			return tooCostly(v.Position, "a value is nested more than %d deep", c.Literals)
		}
	case ast.Variable:
		// The validator searches the list of variables, and builds the default
		// anew wherever a literal around the variable is evaluated.
		w.values += c.defaults[v.Raw]
		w.steps += c.seen.variables/searchPerStep + depth*evaluateSteps*c.defaults[v.Raw]
		c.names(v.Position, v.Raw)
	case ast.EnumValue:
		c.names(v.Position, v.Raw)
	case ast.StringValue:
		if strings.ContainsRune(v.Raw, utf8.RuneError) && c.loneSurrogate(v.Position) {
			return refuse(errcode.ParseFailed, v.Position, "lone surrogate in a string")
		}
	}
	// Each list and object around a value evaluates it once more.
	w.steps += valueSteps + depth*evaluateSteps + len(v.Raw)/bytesPerStep
	for _, child := range v.Children {
		c.names(child.Position, child.Name)
		if err := c.value(child.Value, depth+1, w); err != nil {
			return err
		}
	}
	return nil
}

// loneSurrogate reports whether the string literal at pos is written with an
// escape that is half a character. gqlparser puts U+FFFD in its place without
// a word, so only the text can tell it from a U+FFFD the client meant.
func (c *census) loneSurrogate(pos *ast.Position) bool {
	if c.runes == nil {
		c.runes = []rune(pos.Src.Input) // positions count characters, not bytes
	}
	text := []byte(string(c.runes[pos.Start:min(pos.End, len(c.runes))]))
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		r, ok := hex4(text, i)
		switch {
		case !ok:
			i++ // past the escaped character, which may be a backslash
		case utf16.IsSurrogate(r):
			low, _ := hex4(text, i+6)
			if utf16.DecodeRune(r, low) == utf8.RuneError {
				return true
			}
			i += 11
		}
	}
	return false
}
