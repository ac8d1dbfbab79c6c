// Package form holds the definitions of an organisation's forms as values: the
// compiled catalog that everything else reads, and what may be asked of it.
//
// A form is a table and a field is a column. Rows of the control tables form,
// field and option are compiled into one checked, immutable Catalog per
// organisation and version; past it no name is looked up again.
//
//	cat, err := form.Load(ctx, db, orgID)
//	tier := cat.Form("customer").Field("tier")       // *Field, a CHOICE
//	tier.Column()                                    // "tier", quoted for SQL
//
// Expressions are compiled with the catalog (compute.go); what does not compile
// breaks its field or rule alone. What records a rule must be asked of again is
// found then too (watch.go). What a field or a form is to be, before it is one, is
// a NewField or a NewForm (wanted.go), and what goes on by itself is a Job.
//
// Nothing is changed here. Package change does that, table makes what PostgreSQL
// has of a form, conversion gives fields other kinds, batch makes many changes one,
// impact tells what a change would come to, job works on what takes long, document
// writes definitions down, and check compares them with PostgreSQL. Reading and
// writing records is for packages plan and record. It knows no GraphQL beyond the
// names that forms and fields have there.
//
// It is larger than other packages because a catalog is compiled as a whole: its
// parts hold each other by their unexported sides.
package form

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"fieldwork/internal/expr"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"
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
	Forms    []*Form                    // in their order, archived ones too
	Settings map[string]json.RawMessage // what is set apart from forms, by concern; see Store.Set of package change
	Job      *Job                       // begun by the change that led here and still to be done; nil in catalogs that were loaded

	past     []pastSetting // what was set before, the latest change first
	byKey    map[string]*Form
	compiler *compiler
	uses     func() map[*Field][]Use // found when first asked for
}

// Form returns the form of that key, archived or not; nil if there is none.
func (c *Catalog) Form(key string) *Form { return c.byKey[key] }

// Purpose returns the usable field of that purpose in the first form in use that
// has one, nil if there is none.
func (c *Catalog) Purpose(p string) *Field {
	for _, f := range c.Forms {
		if f.ArchivedAt != nil {
			continue
		}
		if x := f.ByPurpose(p); x != nil {
			return x
		}
	}
	return nil
}

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
	Labels       Label  // of one record
	Plurals      Label  // of many records
	Descriptions Label
	Icon         string
	Colour       string
	Sections     []Section
	Title        *Field // shown where a record is mentioned; nil: its id
	TitleKey     string // as defined, also before the field is there
	Standard     bool
	Position     int
	ArchivedAt   *time.Time
	Fields       []*Field          // in their order, archived and broken ones too
	Rules        []*Rule           // in their order, broken ones too
	Aggregates   []*SavedAggregate // by key, broken ones too
	System       []*Field          // id, version, created_at, ... : the same for every form

	byKey    map[string]*Field
	byName   map[string]*Field
	readable map[string]*Field
	watchers []*Watch // see Watchers
	guards   []*Form  // see Guards
}

// Table is the form's table, qualified and quoted.
func (f *Form) Table() string { return pg.Quote(f.Catalog.Schema) + "." + pg.Quote(f.Key) }

// Types is what the names of bulk mutations end in.
func (f *Form) Types() string { return Pascal(f.Plural) }

// IsMember says whether the form's records are the members of the organisation,
// who have accounts.
func (f *Form) IsMember() bool { return f.Key == "member" && f.Standard }

// IsTeam says whether the form's records are the teams of the organisation, which
// are a tree by the field of purpose TEAM_PARENT.
func (f *Form) IsTeam() bool { return f.Key == "team" && f.ByPurpose("TEAM_PARENT") != nil }

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
	Options    []*Option // of a choice, in their order, archived ones too
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

	// Value is the kind of the field's values: Kind itself, or what a computed
	// field comes to; nil while that is not known.
	Value kind.Kind
	// Expr is what a computed field is computed from.
	Expr *expr.Expr
	// When the field is shown, required and closed to changes; nil: as Required and
	// Settings.ReadOnly say.
	ShownWhen, RequiredWhen, ReadOnlyWhen *expr.Expr
	// DefaultExpr gives new records that say nothing their value, Pick limits the
	// records that a reference may lead to.
	DefaultExpr, Pick *expr.Expr

	weight, depth int // of Expr with all computed fields in it
}

// Usable says whether the field takes part in reads and writes.
func (f *Field) Usable() bool {
	return f.ArchivedAt == nil && f.Broken == "" && (f.Target == nil || f.Target.ArchivedAt == nil)
}

// IsID says whether the field is the record's own id.
func (f *Field) IsID() bool { return f.System && f.Key == "id" }

// IsReference says whether the field's value is one other record.
func (f *Field) IsReference() bool {
	return f.Target != nil && f.Value != nil && f.Value.Column() == "bigint" && !f.IsID()
}

// IsChildren says whether the field is the other side of a reference.
func (f *Field) IsChildren() bool { return f.Via != nil }

// IsLinks says whether the field's value is a list of other records.
func (f *Field) IsLinks() bool { return kind.IsLinks(f.Kind) }

// HasRows says whether the children behind the field can be written together
// with their parent. The form must have a field to write besides. Members cannot:
// they have accounts, and not everyone who writes records may change those.
func (f *Field) HasRows() bool {
	return f.IsChildren() && f.Via.IsReference() && f.Via.Stored() && !f.Target.IsMember() && f.Target.hasWritable()
}

func (f *Form) hasWritable() bool {
	for _, x := range f.Fields {
		if x.Usable() && x.Writable() {
			return true
		}
	}
	return false
}

// IsMany says whether the field leads to several records: children or links.
func (f *Field) IsMany() bool { return f.IsChildren() || f.IsLinks() }

// HasLinkTable says whether the field's values are rows of a table of its own.
func (f *Field) HasLinkTable() bool { return kind.IsLinks(f.Kind) || kind.IsFiles(f.Kind) }

// Stored says whether the field's value is a column of the form's table.
func (f *Field) Stored() bool { return f.Kind != nil && f.Kind.Column() != "" }

// Writable says whether clients may give the field a value.
func (f *Field) Writable() bool {
	return !f.System && (f.Stored() || f.HasLinkTable()) && f.Kind.Name() != "AUTO_NUMBER" && !f.Settings.ReadOnly
}

// HasValue says whether a record has a value of the field: all but children do.
func (f *Field) HasValue() bool { return f.Value != nil && f.Kind.Name() != "CHILDREN" }

// CanBeTitle says whether the field can stand for its record where that is
// mentioned: it must be text, a number, a moment or an option.
func (f *Field) CanBeTitle() bool {
	if f.System || f.Value == nil || f.Target != nil {
		return false
	}
	switch f.Value.Form() {
	case kind.AsString, kind.AsIs, kind.AsDateTime, kind.AsOption:
		return f.Value.Column() != "" && f.Value.Column() != "jsonb"
	}
	return false
}

// IsChoice says whether the field's values are options.
func (f *Field) IsChoice() bool {
	return f.Value != nil && (f.Value.Form() == kind.AsOption || f.Value.Form() == kind.AsOptions)
}

// SQLType is the type of the field's value in PostgreSQL; "" for lists of
// records. Whole numbers that are computed may pass those of a bigint.
func (f *Field) SQLType() string {
	if f.Expr != nil && f.Value.Name() == "INTEGER" {
		return "numeric"
	}
	return f.Value.Column()
}

// Column is the field's column, quoted.
func (f *Field) Column() string { return pg.Quote(f.Key) }

// LinkTable is the table of the field's links, qualified and quoted. Two
// underscores stand in no form's key.
func (f *Field) LinkTable() string {
	return pg.Quote(f.Form.Catalog.Schema) + "." + pg.Quote(f.LinkTableName())
}

// LinkTableName is the table of the field's links, neither qualified nor quoted.
func (f *Field) LinkTableName() string {
	if name := f.Form.Key + "__" + f.Key; len(name) <= 63 {
		return name
	}
	return "link__" + strconv.FormatInt(f.ID, 10)
}

// EnumType is the name of a choice field's own enum.
func (f *Field) EnumType() string { return f.Form.Type + upperFirst(f.Name) }

// Option is one option of a CHOICE.
type Option struct {
	Key        string
	Enum       string
	Labels     Label
	Colour     string
	Parents    []string // options of Settings.DependsOn that it is offered for; none: all
	ArchivedAt *time.Time
}

// Section is a part of a form's layout; fields name theirs by its key.
type Section struct {
	Key     string `json:"key" yaml:"key"`
	Labels  Label  `json:"labels" yaml:"label"`
	Columns int    `json:"columns,omitempty" yaml:"columns"` // fields beside each other; 0: as the client likes
}

// systemFields are the fields that every record has.
func systemFields(f *Form, member *Form) []*Field {
	sys := func(key string, k kind.Kind, target *Form, label Label) *Field {
		x := &Field{Form: f, Key: key, Name: Camel(key), Kind: k, Value: k, Labels: label, System: true, Standard: true, Target: target}
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

// FileTable holds what is known of files, qualified and quoted. Two underscores
// stand in no form's key.
func (c *Catalog) FileTable() string { return pg.Quote(c.Schema) + "." + pg.Quote(FileTableName) }

// HasFiles says whether the organisation has the table of files: it is made with
// the first ATTACHMENT field, and stays.
func (c *Catalog) HasFiles() bool {
	for _, f := range c.Forms {
		for _, x := range f.Fields {
			if x.Kind != nil && kind.IsFiles(x.Kind) {
				return true
			}
		}
	}
	return false
}

// NumberTable holds the last numbers of AUTO_NUMBER fields, qualified and quoted.
func (c *Catalog) NumberTable() string { return pg.Quote(c.Schema) + "." + pg.Quote(NumberTableName) }

const (
	FileTableName   = "file__"
	NumberTableName = "number__"
)

// KindName is the name of the field's kind, also of one that is not known.
func (f *Field) KindName() string {
	if f.Kind == nil {
		return "TEXT"
	}
	return f.Kind.Name()
}

// EnumName is the GraphQL value of an option.
func EnumName(key string) string { return strings.ToUpper(key) }

// AnyField returns the form's own field of that key, archived and broken ones too.
func (f *Form) AnyField(key string) *Field {
	for _, x := range f.Fields {
		if x.Key == key {
			return x
		}
	}
	return nil
}
