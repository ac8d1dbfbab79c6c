package form

import (
	"regexp"
	"strings"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
)

// Longest keys, in bytes: "org_" + key must stay below PostgreSQL's 63, and the
// names derived in GraphQL must stay readable.
const (
	maxFormKey   = 40
	MaxFieldKey  = 48
	maxOptionKey = 48
)

var plainKey = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// CheckKey refuses keys that are not plain snake_case names of at most limit
// bytes.
func CheckKey(key string, limit int) error {
	if len(key) > limit || !plainKey.MatchString(key) {
		return fault.New(fault.Invalid, "a key starts with a letter and has at most %d small letters, digits and single underscores between them", limit)
	}
	return nil
}

// Camel turns a key into a GraphQL field name: annual_revenue, annualRevenue.
func Camel(key string) string {
	parts := strings.Split(key, "_")
	for i := 1; i < len(parts); i++ {
		parts[i] = upperFirst(parts[i])
	}
	return strings.Join(parts, "")
}

// Pascal turns a key into a GraphQL type name: visit_plan, VisitPlan.
func Pascal(key string) string { return upperFirst(Camel(key)) }

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Reserved are the names of the fixed part of the schema, which no form may
// take. Package typed/sdl computes them from the SDL.
type Reserved struct {
	Types map[string]bool // types and directives' arguments apart
	Roots map[string]bool // fields of Query, Mutation and Subscription
}

// systemColumns are columns that PostgreSQL has on every table.
var systemColumns = map[string]bool{"tableoid": true, "xmin": true, "xmax": true, "cmin": true, "cmax": true, "ctid": true, "oid": true}

// takenFields are the GraphQL names that every record, every filter or every key
// of a group has.
var takenFields = map[string]string{
	"id": "", "version": "", "form": "", "createdAt": "", "createdBy": "", "updatedAt": "", "updatedBy": "", "archivedAt": "",
	"values": "", "history": "", "within": "", "withinMine": "", "me": "", "and": "", "or": "", "not": "", "isNull": "", "of": "",
	"idempotencyKey": "",
}

// typeNames lists every type of the organisation's schema that a form gives
// rise to, those of later releases included.
func typeNames(typ, types string, enums ...string) []string {
	out := []string{typ}
	for _, suffix := range []string{"Filter", "ListFilter", "LinksFilter", "Row", "Order", "OrderField", "OrderOf", "Connection", "Edge", "Set", "Payload", "Change", "RowError",
		"Group", "GroupField", "GroupOf", "GroupKey", "GroupKeyOf", "Aggregate", "AggregateCounts", "AggregateNumbers", "AggregateRange", "AggregateOrder"} {
		out = append(out, typ+suffix)
	}
	for _, verb := range []string{"Create", "Update", "Upsert", "Archive", "Restore", "Delete"} {
		out = append(out, verb+typ+"Input", verb+types+"Input")
	}
	out = append(out, "Update"+types+"Row", types+"Payload")
	for _, e := range enums {
		out = append(out, e, e+"Filter")
	}
	return out
}

// rootNames lists every root field that a form gives rise to.
func rootNames(one, many, typ, types string) []string {
	out := []string{one, many, many + "Aggregate", one + "Changed"}
	for _, verb := range []string{"create", "update", "upsert", "archive", "restore", "delete"} {
		out = append(out, verb+typ, verb+types)
	}
	return out
}

func (f *Form) typeNames() []string {
	var enums []string
	for _, x := range f.Fields {
		if x.IsChoice() {
			enums = append(enums, x.EnumType())
		}
	}
	return typeNames(f.Type, f.Types(), enums...)
}

func (f *Form) rootNames() []string {
	return rootNames(f.One, f.Many, f.Type, f.Types())
}

// CheckFormNames refuses a key or plural from which a name would follow that
// the fixed part or another form already has.
func (c *Catalog) CheckFormNames(key, plural string, fixed Reserved) error {
	if err := CheckKey(key, maxFormKey); err != nil {
		return err.(*fault.Fault).At("key")
	}
	if err := CheckKey(plural, maxFormKey+8); err != nil {
		return err.(*fault.Fault).At("plural")
	}
	if key == kind.FileForm {
		return fault.New(fault.Invalid, "%q is reserved: it is how ids of files begin", key).At("key")
	}
	if plural == key {
		return fault.New(fault.Invalid, "the plural must differ from the key: one record is %q, the list needs another name", Camel(key)).At("plural")
	}
	types, roots := map[string]string{}, map[string]string{}
	for _, f := range c.Forms {
		for _, n := range f.typeNames() {
			types[n] = f.Key
		}
		for _, n := range f.rootNames() {
			roots[n] = f.Key
		}
	}
	typ := Pascal(key)
	for _, n := range typeNames(typ, Pascal(plural)) {
		path := "key"
		if !strings.Contains(n, typ) || strings.Contains(n, Pascal(plural)) {
			path = "plural"
		}
		if fixed.Types[n] {
			return fault.New(fault.Invalid, "the type %s of form %q is reserved", n, key).At(path)
		}
		if other, ok := types[n]; ok {
			return fault.New(fault.Invalid, "the type %s of form %q clashes with form %q", n, key, other).At(path)
		}
	}
	for _, n := range rootNames(Camel(key), Camel(plural), typ, Pascal(plural)) {
		path := "key"
		if n != Camel(key) && strings.HasPrefix(n, Camel(plural)) {
			path = "plural"
		}
		if fixed.Roots[n] {
			return fault.New(fault.Invalid, "the name %s of form %q is reserved", n, key).At(path)
		}
		if other, ok := roots[n]; ok {
			return fault.New(fault.Invalid, "the name %s of form %q clashes with form %q", n, key, other).At(path)
		}
	}
	return nil
}

// CheckFieldKey refuses a key whose column or GraphQL name is taken on the form.
func (f *Form) CheckFieldKey(key, kindName string, fixed Reserved) error {
	if err := CheckKey(key, MaxFieldKey); err != nil {
		return err
	}
	if systemColumns[key] {
		return fault.New(fault.Invalid, "%q is a column that PostgreSQL keeps on every table", key)
	}
	name := Camel(key)
	many := kindName == "CHILDREN" || kind.IsLinks(kind.ByName(kindName))
	if _, taken := takenFields[name]; taken {
		return fault.New(fault.Invalid, "%q is reserved: every record, filter or group has %s", key, name)
	}
	for _, x := range f.Fields {
		switch {
		case x.Key == key && x.ArchivedAt != nil:
			return fault.New(fault.Conflict, "form %q has an archived field %q: restore it, or choose another key", f.Key, key)
		case x.Key == key:
			return fault.New(fault.Conflict, "form %q already has a field %q", f.Key, key)
		case x.Name == name:
			return fault.New(fault.Invalid, "%q clashes with field %q: both are %s in GraphQL", key, x.Key, name)
		case x.IsMany() && name == x.Name+"Aggregate", many && x.Name == name+"Aggregate":
			return fault.New(fault.Invalid, "%q clashes with field %q: what a list comes to is called by its name and Aggregate", key, x.Key)
		}
	}
	switch kindName { // a computed field may come to a choice
	case "CHOICE", "MULTI_CHOICE", "FORMULA", "LOOKUP", "ROLLUP":
	default:
		return nil
	}
	enum := f.Type + upperFirst(name)
	for _, n := range []string{enum, enum + "Filter"} {
		if fixed.Types[n] {
			return fault.New(fault.Invalid, "the type %s of field %q is reserved", n, key)
		}
		for _, other := range f.Catalog.Forms {
			for _, have := range other.typeNames() {
				if have == n {
					return fault.New(fault.Invalid, "the type %s of field %q clashes with form %q", n, key, other.Key)
				}
			}
		}
	}
	return nil
}

// CheckOptionKey refuses keys that cannot be an enum value.
func CheckOptionKey(key string) error {
	if err := CheckKey(key, maxOptionKey); err != nil {
		return err
	}
	switch key {
	case "true", "false", "null":
		return fault.New(fault.Invalid, "an option cannot be called %q: GraphQL keeps that word for itself", key)
	}
	return nil
}
