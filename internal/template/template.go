// Package template turns data files that a business person could review into
// forms of an organisation, and makes organisations that start with the
// standard ones.
//
// A template is a YAML file embedded in the program: forms with their fields,
// options, labels in Chinese and English, rules, the purpose of each field that
// the product needs to know, and records: those that the forms are of no use
// without (reference), and plainly invented ones (sample). It has shared views and
// reports of its forms too, and dashboards of reports. It holds no code and no
// SQL. Others are exported from an organisation's own forms, with the records that are named.
//
// A Store installs them (docs/adr/0019). What is to be made is a document.Document,
// merged of three: what the template said when it was installed, what the
// organisation has made of it since, and what the template says now. Views, reports and
// dashboards are merged likewise, as sheets, once the definitions that they name are there. Records are
// written by package record, and sample records are remembered, so that they can
// be removed.
//
// It is longer than a package should be: merging definitions, taking records along,
// writing and removing them are parts of the one idea of a template. What has to do with records
// is in sample.go, values.go, there.go, carry.go and remove.go, and could stand by itself.
package template

import (
	"context"
	"embed"
	"fmt"
	"strings"
	"sync"

	"fieldwork/internal/dashboard"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/document"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/report"
	"fieldwork/internal/view"

	"github.com/goccy/go-yaml"
	"github.com/jmoiron/sqlx"
)

//go:embed standard.yaml
var standardFile []byte

//go:embed catalogue/*.yaml
var catalogueFiles embed.FS

// Template is one template file.
type Template struct {
	Key         string     `yaml:"key"`
	Label       form.Label `yaml:"label"`
	Description form.Label `yaml:"description"`
	Version     int        `yaml:"version"`
	Forms       []formFile `yaml:"forms"`
	// Needs are keys of templates, or of parts that several have, whose definitions
	// this one has too.
	Needs []string `yaml:"needs"`
	// Definitions, instead of Forms, are those of an exported template.
	Definitions *document.Document `yaml:"-"`
	Views       []view.New         `yaml:"-"` // of ViewFiles, or of an exported template
	ViewFiles   []viewFile         `yaml:"views"`
	Reports     []report.New       `yaml:"reports"`
	Dashboards  []dashboard.New    `yaml:"dashboards"` // their reports by key
	Reference   []records          `yaml:"reference"`
	Sample      []records          `yaml:"sample"`
}

type formFile struct {
	Key         string         `yaml:"key"`
	Plural      string         `yaml:"plural"`
	Label       form.Label     `yaml:"label"`
	PluralLabel form.Label     `yaml:"pluralLabel"`
	Description form.Label     `yaml:"description"`
	Icon        string         `yaml:"icon"`
	Colour      string         `yaml:"colour"`
	Title       string         `yaml:"title"`
	Sections    []form.Section `yaml:"sections"`
	Fields      []fieldFile    `yaml:"fields"`
	Rules       []ruleFile     `yaml:"rules"`
}

type ruleFile struct {
	Key        string        `yaml:"key"`
	Kind       form.RuleKind `yaml:"kind"`
	Expression string        `yaml:"expression"`
	Fields     []string      `yaml:"fields"`
	IgnoreCase bool          `yaml:"ignoreCase"`
	Message    form.Label    `yaml:"message"`
}

type fieldFile struct {
	Key      string       `yaml:"key"`
	Kind     string       `yaml:"kind"`
	Label    form.Label   `yaml:"label"`
	Help     form.Label   `yaml:"help"`
	Required bool         `yaml:"required"`
	Unique   bool         `yaml:"unique"`
	Indexed  bool         `yaml:"indexed"`
	Default  any          `yaml:"default"`
	Purpose  string       `yaml:"purpose"`
	Section  string       `yaml:"section"`
	Options  []optionFile `yaml:"options"`
	Settings settingsFile `yaml:"settings"`
}

type optionFile struct {
	Key     string     `yaml:"key"`
	Label   form.Label `yaml:"label"`
	Colour  string     `yaml:"colour"`
	Parents []string   `yaml:"parents"`
}

type settingsFile struct {
	form.SettingsInput `yaml:",inline"`
	InverseLabel       form.Label `yaml:"inverseLabel"`
}

// Standard returns the template of the forms that every organisation has.
var Standard = sync.OnceValues(func() (Template, error) { return parse(standardFile) })

//go:embed shared/*.yaml
var sharedFiles embed.FS

// shared are parts that templates need and that are not installed by themselves.
var shared = sync.OnceValues(func() (map[string]Template, error) { return parseAll(sharedFiles, "shared") })

// Catalogue returns the templates that an organisation may install, by key.
var Catalogue = sync.OnceValues(func() (map[string]Template, error) { return parseAll(catalogueFiles, "catalogue") })

func parseAll(files embed.FS, folder string) (map[string]Template, error) {
	names, err := files.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	all := map[string]Template{}
	for _, n := range names {
		b, err := files.ReadFile(folder + "/" + n.Name())
		if err != nil {
			return nil, err
		}
		t, err := parse(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.Name(), err)
		}
		all[t.Key] = t
	}
	return all, nil
}

func parse(file []byte) (Template, error) {
	var t Template
	if err := yaml.UnmarshalWithOptions(file, &t, yaml.Strict()); err != nil {
		return t, fmt.Errorf("template: %w", err)
	}
	for _, f := range t.ViewFiles {
		t.Views = append(t.Views, f.view())
	}
	return t, nil
}

// NewForms are the template's forms, ready for change.Store.
func (t Template) NewForms(standard bool) []form.NewForm {
	out := make([]form.NewForm, len(t.Forms))
	for i, f := range t.Forms {
		out[i] = form.NewForm{Key: f.Key, Plural: f.Plural, Labels: f.Label, Plurals: f.PluralLabel, Descriptions: f.Description, Icon: f.Icon, Colour: f.Colour,
			Sections: f.Sections, Title: f.Title, Standard: standard}
		for _, x := range f.Fields {
			out[i].Fields = append(out[i].Fields, x.field(standard))
		}
	}
	return out
}

func (f fieldFile) field(standard bool) form.NewField {
	n := form.NewField{Key: f.Key, Kind: f.Kind, Labels: f.Label, Help: f.Help, Required: f.Required, Unique: f.Unique, Indexed: f.Indexed,
		Purpose: f.Purpose, Section: f.Section, Standard: standard, Settings: f.Settings.SettingsInput}
	n.Settings.InverseLabel = f.Settings.InverseLabel
	switch d := f.Default.(type) {
	case uint64:
		n.Default = int64(d)
	default:
		n.Default = d
	}
	for _, o := range f.Options {
		n.Settings.Options = append(n.Settings.Options, form.NewOption{Key: o.Key, Labels: o.Label, Colour: o.Colour, Parents: o.Parents})
	}
	return n
}

// Owner is the first member of a new organisation.
type Owner struct{ Name, Email string }

// NewOrganisation makes an organisation with its schema, the standard forms and
// its owner, all in one transaction. Faults: INVALID, CONFLICT with the path of
// the input.
func NewOrganisation(ctx context.Context, db *pg.DB, forms *change.Store, n org.New, owner Owner) (org.Organisation, org.Actor, error) {
	var (
		o     org.Organisation
		actor org.Actor
	)
	standard, err := Standard()
	if err != nil {
		return o, actor, err
	}
	err = db.InTx(ctx, func(tx *sqlx.Tx) error {
		if o, err = org.Insert(ctx, tx, n); err != nil {
			return err
		}
		program := org.Program(o.ID, o.Key)
		cat, err := forms.CreateFormsIn(ctx, tx, program, standard.NewForms(true)...)
		if err != nil {
			return err
		}
		id, err := insertMember(ctx, tx, cat, owner)
		if err != nil {
			return err
		}
		actor = org.Actor{OrgID: o.ID, OrgKey: o.Key, MemberID: id, Access: org.Owner}
		o.Version = cat.Version
		return org.AddAccount(ctx, tx, o.ID, id, owner.Email, org.Owner)
	})
	return o, actor, err
}

// insertMember writes the owner's record, which no member can have written.
func insertMember(ctx context.Context, tx *sqlx.Tx, cat *form.Catalog, owner Owner) (int64, error) {
	m := cat.Form("member")
	cols, params, args := []string{}, []string{}, []any{}
	var bad fault.List
	for purpose, v := range map[string]string{"MEMBER_NAME": owner.Name, "MEMBER_EMAIL": strings.ToLower(owner.Email), "MEMBER_STATUS": "active"} {
		f := m.ByPurpose(purpose)
		parsed, err := f.Kind.Parse(v, &f.Settings)
		if err == nil && parsed == nil {
			err = fault.New(fault.Invalid, "must not be empty")
		}
		if err = bad.Add(err, "owner", f.Key); err != nil {
			return 0, err
		}
		cols, args = append(cols, f.Column()), append(args, parsed)
		params = append(params, fmt.Sprintf("$%d", len(args)))
	}
	if err := bad.Err(); err != nil {
		return 0, err
	}
	var id int64
	err := tx.GetContext(ctx, &id, `INSERT INTO `+m.Table()+` (`+strings.Join(cols, ", ")+`) VALUES (`+strings.Join(params, ", ")+`) RETURNING id`, args...)
	return id, pg.Translate(err)
}
