package form

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"time"

	"fieldwork/internal/form/kind"
	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

const (
	selectOrganisation = `SELECT id, key, role, time_zone, language, version FROM fieldwork.organisation WHERE id = $1`
	selectForms        = `
		SELECT id, key, plural, type_name, label, plural_label, description, icon, colour, sections, title, standard, position, archived_at
		  FROM fieldwork.form WHERE org_id = $1 ORDER BY position, id`
	selectFields = `
		SELECT id, form_id, key, name, kind, label, help, required, filled, is_unique, indexed, default_value,
		       purpose, section, standard, settings, position, archived_at
		  FROM fieldwork.field WHERE org_id = $1 ORDER BY position, id`
	selectOptions = `
		SELECT field_id, key, label, colour, parents, archived_at
		  FROM fieldwork.option WHERE org_id = $1 ORDER BY archived_at IS NOT NULL, position, key`
	selectRules = `
		SELECT id, form_id, key, kind, expression, fields, ignore_case, message, position
		  FROM fieldwork.rule WHERE org_id = $1 ORDER BY position, id`
	selectSettings   = `SELECT concern, value FROM fieldwork.setting WHERE org_id = $1`
	selectAggregates = `SELECT id, form_id, key, label, filter, group_by, metrics FROM fieldwork.aggregate WHERE org_id = $1 ORDER BY key`
)

type organisationRow struct {
	ID       int64  `db:"id"`
	Key      string `db:"key"`
	Role     string `db:"role"`
	TimeZone string `db:"time_zone"`
	Language string `db:"language"`
	Version  int64  `db:"version"`
}

type formRow struct {
	ID          int64      `db:"id"`
	Key         string     `db:"key"`
	Plural      string     `db:"plural"`
	TypeName    string     `db:"type_name"`
	Label       []byte     `db:"label"`
	PluralLabel []byte     `db:"plural_label"`
	Description []byte     `db:"description"`
	Icon        string     `db:"icon"`
	Colour      string     `db:"colour"`
	Sections    []byte     `db:"sections"`
	Title       string     `db:"title"`
	Standard    bool       `db:"standard"`
	Position    int        `db:"position"`
	ArchivedAt  *time.Time `db:"archived_at"`
}

type fieldRow struct {
	ID         int64      `db:"id"`
	FormID     int64      `db:"form_id"`
	Key        string     `db:"key"`
	Name       string     `db:"name"`
	Kind       string     `db:"kind"`
	Label      []byte     `db:"label"`
	Help       []byte     `db:"help"`
	Required   bool       `db:"required"`
	Filled     bool       `db:"filled"`
	Unique     bool       `db:"is_unique"`
	Indexed    bool       `db:"indexed"`
	Default    []byte     `db:"default_value"`
	Purpose    string     `db:"purpose"`
	Section    string     `db:"section"`
	Standard   bool       `db:"standard"`
	Settings   []byte     `db:"settings"`
	Position   int        `db:"position"`
	ArchivedAt *time.Time `db:"archived_at"`
}

type optionRow struct {
	FieldID    int64          `db:"field_id"`
	Key        string         `db:"key"`
	Label      []byte         `db:"label"`
	Colour     string         `db:"colour"`
	Parents    pq.StringArray `db:"parents"`
	ArchivedAt *time.Time     `db:"archived_at"`
}

type ruleRow struct {
	ID         int64          `db:"id"`
	FormID     int64          `db:"form_id"`
	Key        string         `db:"key"`
	Kind       string         `db:"kind"`
	Expression string         `db:"expression"`
	Fields     pq.StringArray `db:"fields"`
	IgnoreCase bool           `db:"ignore_case"`
	Message    []byte         `db:"message"`
	Position   int            `db:"position"`
}

type aggregateRow struct {
	ID      int64  `db:"id"`
	FormID  int64  `db:"form_id"`
	Key     string `db:"key"`
	Label   []byte `db:"label"`
	Filter  []byte `db:"filter"`
	GroupBy []byte `db:"group_by"`
	Metrics []byte `db:"metrics"`
}

type settingRow struct {
	Concern string `db:"concern"`
	Value   []byte `db:"value"`
}

// rows are the definitions of one organisation as they are stored.
type rows struct {
	org     organisationRow
	forms   []formRow
	fields  []fieldRow
	options []optionRow
	rules   []ruleRow
	set     []settingRow
	past    []pastSetting

	aggregates []aggregateRow
}

// Load reads and compiles the definitions of an organisation. Outside a
// transaction it reads them at one moment by a transaction of its own.
func Load(ctx context.Context, db *pg.DB, orgID int64) (*Catalog, error) {
	tx, err := db.Control.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, pg.Translate(err)
	}
	defer func() { _ = tx.Rollback() }()
	return LoadIn(ctx, tx, orgID)
}

// LoadIn is Load within a transaction.
func LoadIn(ctx context.Context, tx *sqlx.Tx, orgID int64) (*Catalog, error) {
	var r rows
	if err := tx.GetContext(ctx, &r.org, selectOrganisation, orgID); err != nil {
		return nil, fmt.Errorf("load organisation %d: %w", orgID, pg.Translate(err))
	}
	for _, q := range []struct {
		dest any
		sql  string
	}{{&r.forms, selectForms}, {&r.fields, selectFields}, {&r.options, selectOptions}, {&r.rules, selectRules}, {&r.set, selectSettings}, {&r.past, selectPastSettings}, {&r.aggregates, selectAggregates}} {
		if err := tx.SelectContext(ctx, q.dest, q.sql, orgID); err != nil {
			return nil, fmt.Errorf("load definitions of organisation %d: %w", orgID, pg.Translate(err))
		}
	}
	return compile(r), nil
}

// compile makes the catalog. It never fails: a definition that makes no sense
// is marked broken, so that one damaged row does not take an organisation down.
func compile(all rows) *Catalog {
	org := all.org
	c := &Catalog{OrgID: org.ID, OrgKey: org.Key, Role: org.Role, Schema: "org_" + org.Key, Version: org.Version, Language: org.Language, byKey: map[string]*Form{}, Settings: map[string]json.RawMessage{}, past: all.past}
	for _, r := range all.set {
		c.Settings[r.Concern] = r.Value
	}
	zone, err := time.LoadLocation(org.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	c.Zone = zone
	byID := map[int64]*Form{}
	for _, r := range all.forms {
		f := &Form{Catalog: c, ID: r.ID, Key: r.Key, Plural: r.Plural, Type: r.TypeName, One: Camel(r.Key), Many: Camel(r.Plural),
			Labels: label(r.Label), Plurals: label(r.PluralLabel), Descriptions: label(r.Description), Icon: r.Icon, Colour: r.Colour, TitleKey: r.Title, Standard: r.Standard, Position: r.Position, ArchivedAt: r.ArchivedAt}
		_ = json.Unmarshal(r.Sections, &f.Sections) // what cannot be read is no section
		c.Forms = append(c.Forms, f)
		c.byKey[f.Key], byID[f.ID] = f, f
	}
	fieldByID := map[int64]*Field{}
	for _, r := range all.fields {
		f := byID[r.FormID]
		x := &Field{Form: f, ID: r.ID, Key: r.Key, Name: r.Name, Labels: label(r.Label), Help: label(r.Help), Required: r.Required, Filled: r.Filled,
			Unique: r.Unique, Indexed: r.Indexed, Default: r.Default, Purpose: r.Purpose, Section: r.Section, Standard: r.Standard, Position: r.Position, ArchivedAt: r.ArchivedAt}
		x.Kind = kind.ByName(r.Kind)
		if x.Kind == nil {
			x.Broken = "its kind " + r.Kind + " is not known"
		}
		if err := json.Unmarshal(r.Settings, &x.Settings); err != nil {
			x.Broken = "its settings cannot be read"
		}
		f.Fields = append(f.Fields, x)
		fieldByID[x.ID] = x
	}
	for _, r := range all.options {
		x := fieldByID[r.FieldID]
		o := &Option{Key: r.Key, Enum: strings.ToUpper(r.Key), Labels: label(r.Label), Colour: r.Colour, Parents: r.Parents, ArchivedAt: r.ArchivedAt}
		x.Options = append(x.Options, o)
		x.Settings.Options = append(x.Settings.Options, kind.Option{Key: o.Key, Enum: o.Enum, Archived: o.ArchivedAt != nil, Parents: o.Parents})
	}
	for _, r := range all.rules {
		f := byID[r.FormID]
		f.Rules = append(f.Rules, &Rule{Form: f, ID: r.ID, Key: r.Key, Kind: RuleKind(r.Kind), Expression: r.Expression, FieldKeys: r.Fields, IgnoreCase: r.IgnoreCase,
			Message: label(r.Message), Position: r.Position})
	}
	for _, r := range all.aggregates {
		f := byID[r.FormID]
		f.Aggregates = append(f.Aggregates, r.aggregate(f))
	}
	member := c.byKey["member"]
	for _, f := range c.Forms {
		f.System = systemFields(f, member)
		for _, x := range f.Fields {
			x.resolve(c)
		}
	}
	for _, f := range c.Forms {
		for _, x := range f.Fields {
			x.resolveChildren()
		}
		f.index()
	}
	c.compileAll()
	return c
}

// resolve finds what a field refers to, and marks it broken if that is not there.
func (f *Field) resolve(c *Catalog) {
	if f.Broken != "" {
		return
	}
	if !kind.IsComputed(f.Kind) {
		f.Value = f.Kind
	}
	f.Settings.To = FixedTarget(f.Kind, f.Settings.To)
	if f.Settings.To != "" {
		if f.Target = c.byKey[f.Settings.To]; f.Target == nil {
			f.Broken = "the form " + f.Settings.To + " it refers to is not there"
		}
	}
	if f.Settings.Pattern != "" && f.Kind.Name() == "TEXT" {
		if _, err := regexp.Compile(f.Settings.Pattern); err != nil {
			f.Broken = "its pattern cannot be read"
		}
	}
}

// FixedTarget is the form that fields of a kind lead to, to where it is theirs
// to say.
func FixedTarget(k kind.Kind, to string) string {
	switch k.Name() {
	case "MEMBER", "MEMBERS":
		return "member"
	case "TEAM":
		return "team"
	}
	return to
}

// resolveChildren finds the reference behind a CHILDREN field; the field goes
// with its reference into the archive.
func (f *Field) resolveChildren() {
	if f.Broken != "" || f.Kind.Name() != "CHILDREN" {
		return
	}
	for _, x := range f.Target.Fields {
		if x.Key == f.Settings.Via && x.Target == f.Form && (x.Stored() || x.IsLinks()) {
			f.Via = x
			if x.ArchivedAt != nil && f.ArchivedAt == nil {
				f.ArchivedAt = x.ArchivedAt
			}
			return
		}
	}
	f.Broken = "the reference " + f.Settings.To + "." + f.Settings.Via + " behind it is not there"
}

// Take makes a field part of a form that is not shared yet, as the last.
func (f *Form) Take(x *Field) {
	f.Fields = append(f.Fields, x)
	f.index()
}

func (f *Form) index() {
	f.byKey, f.byName = map[string]*Field{}, map[string]*Field{}
	for _, x := range append(f.System[:len(f.System):len(f.System)], f.Fields...) {
		if !x.Usable() && !x.System {
			continue
		}
		if _, taken := f.byName[x.Name]; taken {
			x.Broken = "its name " + x.Name + " is taken"
			continue
		}
		f.byKey[x.Key], f.byName[x.Name] = x, x
	}
	f.readable = make(map[string]*Field, len(f.Fields))
	for _, x := range f.Fields {
		// What leads to an archived form leads to a type that is not there.
		if _, taken := f.byName[x.Name]; !taken && x.Broken == "" && x.Value != nil && (x.Target == nil || x.Target.ArchivedAt == nil) {
			f.readable[x.Name] = x
		}
	}
	maps.Copy(f.readable, f.byName)
	f.Title = nil
	if x := f.byKey[f.TitleKey]; x != nil && x.CanBeTitle() {
		f.Title = x
	}
}

func label(b []byte) Label {
	l := Label{}
	_ = json.Unmarshal(b, &l) // a label that cannot be read is empty, and shows as the key
	return l
}

// Empty is a catalog with nothing but the form member, for what is served to
// callers that have not signed in.
func Empty() *Catalog {
	return compile(rows{org: organisationRow{TimeZone: "UTC", Language: "en"}, forms: []formRow{{Key: "member", Plural: "members", TypeName: "Member"}}})
}
