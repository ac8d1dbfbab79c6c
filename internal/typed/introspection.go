package typed

import (
	"slices"

	"fieldwork/internal/plain"
	"fieldwork/internal/typed/shaped"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/introspection"
)

// Tools ask for the whole schema whenever they start, and that of a large organisation
// is a million values. What each is, gqlgen's introspection says; package plain writes
// it.

func isIntrospection(f graphql.CollectedField) bool {
	return f.Name == "__schema" || f.Name == "__type"
}

// introspected answers __schema or __type.
func (x *exec) introspected(f graphql.CollectedField) []byte {
	c, w := &plain.Compiler{Op: x.Op, Catalog: x.Catalog}, plain.NewWriter(firstAnswer, 0)
	if f.Name == "__schema" {
		schemaType.Compile(c, f.Selections)(w, introspection.WrapSchema(x.Doc))
		return w.Bytes()
	}
	name, _ := x.Arguments(f)["name"].(string)
	t := introspection.WrapTypeFromDef(x.Doc, x.Doc.Types[name])
	if t == nil {
		return []byte("null")
	}
	typeType.Compile(c, f.Selections)(w, t)
	return w.Bytes()
}

// deprecatable is a list that has deprecated members only when asked; kinds are those
// of types that have one, for others it is null.
func deprecatable[U any](t *plain.Type[U], of func(v *introspection.Type, deprecated bool) []U, kinds ...string) plain.Field[introspection.Type] {
	return func(c *plain.Compiler, f graphql.CollectedField) plain.Write[introspection.Type] {
		deprecated, _ := shaped.Arguments(f.Field, c.Op.Variables)["includeDeprecated"].(bool)
		return ofKinds(t, func(v *introspection.Type) []U { return of(v, deprecated) }, kinds...)(c, f)
	}
}

// ofKinds is a list that types of these kinds have; for others it is null.
func ofKinds[U any](t *plain.Type[U], of func(v *introspection.Type) []U, kinds ...string) plain.Field[introspection.Type] {
	return plain.Unless(func(v *introspection.Type) bool {
		return !slices.Contains(kinds, v.Kind())
	}, plain.Objects(t, of))
}

// possible are the types of objects that an interface or a union stands for, without
// the interfaces that implement it.
func possible(t *introspection.Type) []introspection.Type {
	return slices.DeleteFunc(t.PossibleTypes(), func(p introspection.Type) bool { return p.Kind() != "OBJECT" })
}

// visible are arguments; deprecated ones only when asked.
func visible[T any](of func(v *T, deprecated bool) []introspection.InputValue) plain.Field[T] {
	return func(c *plain.Compiler, f graphql.CollectedField) plain.Write[T] {
		deprecated, _ := shaped.Arguments(f.Field, c.Op.Variables)["includeDeprecated"].(bool)
		return plain.Objects(&inputValueType, func(v *T) []introspection.InputValue { return of(v, deprecated) })(c, f)
	}
}

var schemaType = plain.Type[introspection.Schema]{Name: "__Schema", Fields: map[string]plain.Field[introspection.Schema]{
	"description":      plain.Optional((*introspection.Schema).Description),
	"types":            plain.Objects(&typeType, (*introspection.Schema).Types),
	"queryType":        plain.Object(&typeType, (*introspection.Schema).QueryType),
	"mutationType":     plain.Object(&typeType, (*introspection.Schema).MutationType),
	"subscriptionType": plain.Object(&typeType, (*introspection.Schema).SubscriptionType),
	"directives":       plain.Objects(&directiveType, (*introspection.Schema).Directives),
}}

// typeType and fieldType have values of each other, so they are filled in by init.
var (
	typeType       = plain.Type[introspection.Type]{Name: "__Type"}
	fieldType      = plain.Type[introspection.Field]{Name: "__Field"}
	inputValueType = plain.Type[introspection.InputValue]{Name: "__InputValue"}
)

func init() {
	typeType.Fields = map[string]plain.Field[introspection.Type]{
		"kind":           plain.Text((*introspection.Type).Kind),
		"name":           plain.Optional((*introspection.Type).Name),
		"description":    plain.Optional((*introspection.Type).Description),
		"specifiedByURL": plain.Optional((*introspection.Type).SpecifiedByURL),
		"fields":         deprecatable(&fieldType, (*introspection.Type).Fields, "OBJECT", "INTERFACE"),
		"interfaces":     ofKinds(&typeType, (*introspection.Type).Interfaces, "OBJECT", "INTERFACE"),
		"possibleTypes":  ofKinds(&typeType, possible, "INTERFACE", "UNION"),
		"enumValues":     deprecatable(&enumValueType, (*introspection.Type).EnumValues, "ENUM"),
		"inputFields":    deprecatable(&inputValueType, (*introspection.Type).VisibleInputFields, "INPUT_OBJECT"),
		"ofType":         plain.Object(&typeType, (*introspection.Type).OfType),
		"isOneOf":        plain.Bool((*introspection.Type).IsOneOf),
	}
	fieldType.Fields = map[string]plain.Field[introspection.Field]{
		"name":              plain.Text(func(f *introspection.Field) string { return f.Name }),
		"description":       plain.Optional((*introspection.Field).Description),
		"args":              visible((*introspection.Field).VisibleArgs),
		"type":              plain.Object(&typeType, func(f *introspection.Field) *introspection.Type { return f.Type }),
		"isDeprecated":      plain.Bool((*introspection.Field).IsDeprecated),
		"deprecationReason": plain.Optional((*introspection.Field).DeprecationReason),
	}
	inputValueType.Fields = map[string]plain.Field[introspection.InputValue]{
		"name":              plain.Text(func(v *introspection.InputValue) string { return v.Name }),
		"description":       plain.Optional((*introspection.InputValue).Description),
		"type":              plain.Object(&typeType, func(v *introspection.InputValue) *introspection.Type { return v.Type }),
		"defaultValue":      plain.Optional(func(v *introspection.InputValue) *string { return v.DefaultValue }),
		"isDeprecated":      plain.Bool((*introspection.InputValue).IsDeprecated),
		"deprecationReason": plain.Optional((*introspection.InputValue).DeprecationReason),
	}
}

var enumValueType = plain.Type[introspection.EnumValue]{Name: "__EnumValue", Fields: map[string]plain.Field[introspection.EnumValue]{
	"name":              plain.Text(func(v *introspection.EnumValue) string { return v.Name }),
	"description":       plain.Optional((*introspection.EnumValue).Description),
	"isDeprecated":      plain.Bool((*introspection.EnumValue).IsDeprecated),
	"deprecationReason": plain.Optional((*introspection.EnumValue).DeprecationReason),
}}

var directiveType = plain.Type[introspection.Directive]{Name: "__Directive", Fields: map[string]plain.Field[introspection.Directive]{
	"name":         plain.Text(func(d *introspection.Directive) string { return d.Name }),
	"description":  plain.Optional((*introspection.Directive).Description),
	"isRepeatable": plain.Bool(func(d *introspection.Directive) bool { return d.IsRepeatable }),
	"locations":    plain.Texts(func(d *introspection.Directive) []string { return d.Locations }),
	"args":         visible((*introspection.Directive).VisibleArgs),
}}
