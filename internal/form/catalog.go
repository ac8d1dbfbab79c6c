// Package form holds the definitions of an organisation's forms: the compiled
// catalog that everything else reads, and the store that changes it.
//
// A form is a table and a field is a column. Rows of the control tables form,
// field and option are compiled into one checked, immutable Catalog per
// organisation and version; past it no name is looked up again. The Store
// changes definitions: metadata, DDL, version, change log and NOTIFY commit in
// one transaction, so that a definition and its table cannot drift apart.
//
//	cat, err := form.Load(ctx, db.Control, orgID)
//	tier := cat.Form("customer").Field("tier")       // *Field, a CHOICE
//	tier.Column()                                    // "tier", quoted for SQL
//
// It does not read or write records (package record), and knows no GraphQL
// beyond the names that forms and fields have there.
package form

import (
	"encoding/json"
	"sort"
	"strconv"
	"strings"
	"time"

	"fieldwork/internal/form/kind"
)

// Catalog is every definition of one organisation at one version. It is
// immutable and safe for concurrent use.
type Catalog struct {
	OrgID    int64
	OrgKey   string
	Role     string // PostgreSQL session role of the organisation
	Schema   string // PostgreSQL schema of the organisation, not quoted
	Version  int64
	Language string // of labels when a request names none
	Zone     *time.Location
	Forms    []*Form // in their order, archived ones too

	byKey map[string]*Form
}

// Form returns the form of that key, archived or not; nil if there is none.
func (c *Catalog) Form(key string) *Form { return c.byKey[key] }

// Active returns the forms that are not archived.
func (c *Catalog) Active() []*Form {
	var out []*Form
	for _, f := range c.Forms {
		if f.ArchivedAt == nil {
			out = append(out, f)
		}
	}
	return out
}

// Locate splits a record id into its form and number. ok is false when no
// active form has such ids.
func (c *Catalog) Locate(id string) (f *Form, n int64, ok bool) {
	f = c.byKey[kind.FormOf(id)]
	if f == nil || f.ArchivedAt != nil {
		return nil, 0, false
	}
	n, ok = kind.ParseID(f.Key, id)
	return f, n, ok
}

// Form is one form: a table, and a type of the organisation's schema.
type Form struct {
	Catalog      *Catalog
	ID           int64
	Key          string
	Plural       string
	Type         string // GraphQL type
	One, Many    string // GraphQL fields: customer, customers
	Labels       Label
	Descriptions Label
	Icon         string
	Title        *Field // shown where a record is mentioned; nil: its id
	TitleKey     string // as defined, also before the field is there
	Standard     bool
	Position     int
	ArchivedAt   *time.Time
	Fields       []*Field // in their order, archived and broken ones too
	System       []*Field // id, version, created_at, ... : the same for every form

	byKey    map[string]*Field
	byName   map[string]*Field
	readable map[string]*Field
}

// Table is the form's table, qualified and quoted.
func (f *Form) Table() string { return quote(f.Catalog.Schema) + "." + quote(f.Key) }

// Field returns the usable field of that key, system fields included.
func (f *Form) Field(key string) *Field { return f.byKey[key] }

// Named returns the usable field of that GraphQL name, system fields included.
func (f *Form) Named(name string) *Field { return f.byName[name] }

// Readable returns the field of that GraphQL name that can be read: a usable one,
// or an archived one whose name nothing else has taken.
func (f *Form) Readable(name string) *Field { return f.readable[name] }

// Own returns the usable fields of the form's own, without the system's.
func (f *Form) Own() []*Field {
	out := make([]*Field, 0, len(f.Fields))
	for _, x := range f.Fields {
		if x.Usable() {
			out = append(out, x)
		}
	}
	return out
}

// ByPurpose returns the usable field of that purpose, nil if there is none.
func (f *Form) ByPurpose(p string) *Field {
	for _, x := range f.Fields {
		if x.Purpose == p && x.Usable() {
			return x
		}
	}
	return nil
}

// Field is one field of a form: a column, and a field of the form's type.
type Field struct {
	Form       *Form
	ID         int64
	Key        string
	Name       string // GraphQL
	Kind       kind.Kind
	Settings   kind.Settings
	Options    []*Option // CHOICE, in their order, archived ones too
	Labels     Label
	Help       Label
	Required   bool
	Filled     bool // the column is NOT NULL: no record lacks a value
	Unique     bool
	Indexed    bool
	Default    json.RawMessage // a JSON value as clients write it; nil: none
	Purpose    string
	Section    string
	Standard   bool
	Position   int
	ArchivedAt *time.Time

	System bool   // one of Form.System: kept by the program, never written by clients
	Broken string // why the definition cannot be used, "" when it can
	Target *Form  // the form referred to; of CHILDREN, the child form
	Via    *Field // CHILDREN: the reference on the child
}

// Usable says whether the field takes part in reads and writes.
func (f *Field) Usable() bool {
	return f.ArchivedAt == nil && f.Broken == "" && (f.Target == nil || f.Target.ArchivedAt == nil)
}

// IsID says whether the field is the record's own id.
func (f *Field) IsID() bool { return f.System && f.Key == "id" }

// IsReference says whether the field's value is one other record.
func (f *Field) IsReference() bool {
	return f.Target != nil && f.Kind.Column() != "" && !f.IsID()
}

// IsChildren says whether the field is the other side of a reference.
func (f *Field) IsChildren() bool { return f.Via != nil }

// Column is the field's column, quoted.
func (f *Field) Column() string { return quote(f.Key) }

// EnumType is the name of a CHOICE field's own enum.
func (f *Field) EnumType() string { return f.Form.Type + upperFirst(f.Name) }

// Option is one option of a CHOICE.
type Option struct {
	Key        string
	Enum       string
	Labels     Label
	Colour     string
	ArchivedAt *time.Time
}

// Label is a text in several languages, by language tag.
type Label map[string]string

// In returns the text in the first of the languages that has one: the wanted
// tag, its base ("zh" of "zh-TW"), then the fallbacks, then any.
func (l Label) In(language string, fallbacks ...string) string {
	for _, lang := range append([]string{language}, fallbacks...) {
		for lang != "" {
			if t, ok := l[lang]; ok {
				return t
			}
			i := strings.LastIndexByte(lang, '-')
			lang = lang[:max(i, 0)]
		}
	}
	for _, lang := range l.Languages() {
		return l[lang]
	}
	return ""
}

// Languages lists the languages of a label, English first, then by tag.
func (l Label) Languages() []string {
	out := make([]string, 0, len(l))
	for lang := range l {
		out = append(out, lang)
	}
	sort.Slice(out, func(i, j int) bool {
		if (out[i] == "en") != (out[j] == "en") {
			return out[i] == "en"
		}
		return out[i] < out[j]
	})
	return out
}

// systemFields are the fields that every record has.
func systemFields(f *Form, member *Form) []*Field {
	sys := func(key string, k kind.Kind, target *Form, label Label) *Field {
		x := &Field{Form: f, Key: key, Name: Camel(key), Kind: k, Labels: label, System: true, Standard: true, Target: target}
		if target != nil {
			x.Settings.To = target.Key
		}
		return x
	}
	out := []*Field{
		sys("id", kind.Reference{}, f, Label{"en": "Id", "zh": "编号"}),
		sys("version", kind.Integer{}, nil, Label{"en": "Version", "zh": "版本"}),
		sys("created_at", kind.DateTime{}, nil, Label{"en": "Created at", "zh": "创建时间"}),
		sys("created_by", kind.Member{}, member, Label{"en": "Created by", "zh": "创建人"}),
		sys("updated_at", kind.DateTime{}, nil, Label{"en": "Updated at", "zh": "更新时间"}),
		sys("updated_by", kind.Member{}, member, Label{"en": "Updated by", "zh": "更新人"}),
		sys("archived_at", kind.DateTime{}, nil, Label{"en": "Archived at", "zh": "归档时间"}),
	}
	for _, i := range []int{0, 1, 2, 4} {
		out[i].Required, out[i].Filled = true, true
	}
	return out
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// UniqueIndex, ForeignKey and Index name what PostgreSQL keeps for a field. They
// hold the field's number, so that an error leads back to the field and no name
// passes 63 bytes.
func (f *Field) UniqueIndex() string { return "field_" + strconv.FormatInt(f.ID, 10) + "_is_unique" }

// ForeignKey names the constraint of a reference.
func (f *Field) ForeignKey() string { return "field_" + strconv.FormatInt(f.ID, 10) + "_exists" }

// Index names the plain index of a field.
func (f *Field) Index() string { return "field_" + strconv.FormatInt(f.ID, 10) + "_index" }

// ByConstraint returns the field that a constraint or index of PostgreSQL
// belongs to, nil for any other name.
func (c *Catalog) ByConstraint(name string) *Field {
	digits, ok := strings.CutPrefix(name, "field_")
	if !ok {
		return nil
	}
	digits, _, _ = strings.Cut(digits, "_")
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return nil
	}
	for _, f := range c.Forms {
		for _, x := range f.Fields {
			if x.ID == id {
				return x
			}
		}
	}
	return nil
}

// KindName is the name of the field's kind, also of one that is not known.
func (f *Field) KindName() string {
	if f.Kind == nil {
		return "TEXT"
	}
	return f.Kind.Name()
}

// DefaultJSON is the field's default as a decoded JSON value.
func (f *Field) DefaultJSON() (any, error) {
	if f.Default == nil {
		return nil, nil
	}
	return decodeJSON(f.Default)
}
