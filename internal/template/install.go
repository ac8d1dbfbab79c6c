package template

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fieldwork/internal/dashboard"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/batch"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/document"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/report"
	"fieldwork/internal/view"
)

const (
	selectInstalls = `SELECT template, version, definitions FROM fieldwork.template_install WHERE org_id = $1`
	selectSampled  = `SELECT DISTINCT template FROM fieldwork.template_sample WHERE org_id = $1`
	upsertInstall  = `
		INSERT INTO fieldwork.template_install (org_id, template, version, definitions) VALUES ($1, $2, $3, $4)
		ON CONFLICT (org_id, template) DO UPDATE SET version = excluded.version, definitions = excluded.definitions, installed_at = now()`
)

// Store installs templates.
type Store struct {
	db         *pg.DB
	forms      *change.Store
	views      *view.Store
	reports    *report.Store
	dashboards *dashboard.Store
}

// NewStore returns a store that changes definitions by forms.
func NewStore(db *pg.DB, forms *change.Store) *Store {
	return &Store{db, forms, view.NewStore(db), report.NewStore(db), dashboard.NewStore(db)}
}

// Source is a template of the catalogue by its key, or one that was exported.
type Source struct {
	Key      string
	Document any // decoded JSON; nil: Key
}

// Entry is a template as an organisation sees it.
type Entry struct {
	Template
	Definitions document.Document
	Views       []view.New // those of the templates that it needs too
	Reports     []report.New
	Dashboards  []dashboard.New
	Installed   int  // version, 0: not
	Sampled     bool // its sample records are there
}

// Entries are the templates of the catalogue, by key.
func (s *Store) Entries(ctx context.Context, by org.Actor) ([]Entry, error) {
	all, err := List()
	if err != nil {
		return nil, err
	}
	installed, err := s.installs(ctx, by.OrgID)
	if err != nil {
		return nil, err
	}
	var sampled []string
	if err := s.db.Control.SelectContext(ctx, &sampled, selectSampled, by.OrgID); err != nil {
		return nil, pg.Translate(err)
	}
	out := make([]Entry, 0, len(all))
	for _, t := range all {
		says, err := t.says()
		if err != nil {
			return nil, err
		}
		out = append(out, Entry{t, says.Document, says.Views, says.Reports, says.Dashboards, installed[t.Key].Version, slices.Contains(sampled, t.Key)})
	}
	return out, nil
}

type install struct {
	Template    string
	Version     int
	Definitions []byte
}

func (s *Store) installs(ctx context.Context, orgID int64) (map[string]install, error) {
	var list []install
	if err := s.db.Control.SelectContext(ctx, &list, selectInstalls, orgID); err != nil {
		return nil, pg.Translate(err)
	}
	out := make(map[string]install, len(list))
	for _, i := range list {
		out[i.Template] = i
	}
	return out, nil
}

// Preview is what installing a template would make, and what it would leave.
type Preview struct {
	Template Template
	Made     []document.Difference
	Left     []Left
	Sample   map[string]int // how many sample records it has, by key of the form
	merged   document.Document
	was      saying // when it was installed, nothing if it is not
	says     saying
	before   bool // some version of it is installed
}

// Preview says what Install would do now. While definitions are to be made, views and
// reports are taken to find in them what they name. Faults: NOT_FOUND, INVALID, CONFLICT.
func (s *Store) Preview(ctx context.Context, cat *form.Catalog, from Source) (Preview, error) {
	p, err := s.preview(ctx, cat, from)
	if err != nil {
		return p, err
	}
	known := len(p.Made) == 0
	_, views, err := s.viewShelf().compare(ctx, cat, p.was.Views, p.says.Views, known)
	if err != nil {
		return p, err
	}
	_, reports, err := s.reportShelf().compare(ctx, cat, p.was.Reports, p.says.Reports, known)
	if err != nil {
		return p, err
	}
	_, dashboards, err := s.dashboardShelf(p.says.Reports).compare(ctx, cat, p.was.Dashboards, p.says.Dashboards, true)
	p.add(views)
	p.add(reports)
	p.add(dashboards)
	return p, err
}

// add adds what comes of views, reports or dashboards.
func (p *Preview) add(l laid) {
	p.Made, p.Left = append(p.Made, l.made...), append(p.Left, l.left...)
}

// preview is that of definitions.
func (s *Store) preview(ctx context.Context, cat *form.Catalog, from Source) (Preview, error) {
	t, err := from.template()
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Template: t}
	if p.says, err = t.says(); err != nil {
		return p, err
	}
	sample, err := t.samples()
	if err != nil {
		return p, err
	}
	p.Sample = map[string]int{}
	for _, r := range sample {
		p.Sample[r.Form] += len(r.Records)
	}
	installed, err := s.installs(ctx, cat.OrgID)
	if err != nil {
		return p, err
	}
	if i, ok := installed[t.Key]; ok {
		if i.Version > t.Version {
			return p, fault.New(fault.Conflict, "version %d is installed, which is newer", i.Version).At("template")
		}
		if err := decode(i.Definitions, &p.was); err != nil {
			return p, fmt.Errorf("definitions of template %s: %w", t.Key, err)
		}
		p.before = true
	}
	p.merged, p.Left = merge(cat, p.was.Document, p.says.Document)
	p.Made = document.Diff(cat, p.merged)
	return p, nil
}

func (f Source) template() (Template, error) {
	if f.Document != nil {
		return ReadExport(f.Document)
	}
	return Find(f.Key)
}

// List is the catalogue in the order of keys.
func List() ([]Template, error) {
	all, err := Catalogue()
	return slices.SortedFunc(maps.Values(all), func(a, b Template) int { return strings.Compare(a.Key, b.Key) }), err
}

// Find is a template of the catalogue. Faults: NOT_FOUND.
func Find(key string) (Template, error) {
	all, err := Catalogue()
	if err != nil {
		return Template{}, err
	}
	t, ok := all[key]
	if !ok {
		return t, fault.New(fault.NotFound, "there is no template %q", fault.Clip(key)).At("template")
	}
	return t, nil
}

// Installing says what is to be installed besides definitions.
type Installing struct {
	Sample   bool   // sample records too
	Language string // of records; "": the organisation's
}

// Installed is what Install did.
type Installed struct {
	Preview
	Catalog *form.Catalog
	Records map[string]int // by key of the form: how many were made
}

// Install makes what the organisation lacks of a template, and brings what came
// with an older version up to date where the organisation has left it as it was.
// Definitions are one change, views, reports and dashboards transactions after it, and records one more; a
// start that was cut off between them is completed by the next. Twice changes nothing.
// Faults: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT.
func (s *Store) Install(ctx context.Context, by org.Actor, from Source, how Installing) (Installed, error) {
	var out Installed
	if !by.MayShape() {
		return out, fault.New(fault.Forbidden, "only owners and managers may install templates")
	}
	if err := s.define(ctx, by, from, &out); err != nil {
		return out, err
	}
	if err := s.viewShelf().put(ctx, s, &out, out.was.Views, out.says.Views); err != nil {
		return out, err
	}
	if err := s.reportShelf().put(ctx, s, &out, out.was.Reports, out.says.Reports); err != nil {
		return out, err
	}
	if err := s.dashboardShelf(nil).put(ctx, s, &out, out.was.Dashboards, out.says.Dashboards); err != nil {
		return out, err
	}
	said, err := json.Marshal(out.says.without(out.Left))
	if err != nil {
		return out, err
	}
	w := &sampler{store: s, by: by, cat: out.Catalog, template: out.Template, language: how.Language, made: map[string]int{}}
	out.Records = w.made
	return out, w.inTx(ctx, func() error {
		// First, so that of two at once the second waits, and finds what the first made.
		if err := w.exec(ctx, upsertInstall, by.OrgID, out.Template.Key, int64(out.Template.Version), string(said)); err != nil {
			return err
		}
		if !out.before {
			if err := w.reference(ctx); err != nil {
				return err
			}
		}
		if how.Sample {
			return w.sample(ctx)
		}
		return nil
	})
}

// maxTries is how often definitions are merged anew because others have changed
// them meanwhile.
const maxTries = 10

// define makes the definitions of a template.
func (s *Store) define(ctx context.Context, by org.Actor, from Source, out *Installed) error {
	for try := 1; ; try++ {
		cat, err := form.Load(ctx, s.db, by.OrgID)
		if err != nil {
			return err
		}
		if out.Preview, err = s.preview(ctx, cat, from); err != nil {
			return err
		}
		version := cat.Version // what was merged is not laid over what came meanwhile
		applied, err := batch.Apply(ctx, s.forms, by, &version, out.merged, batch.Applying{})
		if f, ok := errors.AsType[*fault.Fault](err); ok && slices.Contains(f.Path, any("expectedVersion")) && try < maxTries {
			continue
		}
		out.Catalog, out.Made = applied.Catalog, applied.Made
		return err
	}
}
