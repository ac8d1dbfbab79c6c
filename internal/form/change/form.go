package change

import (
	"context"
	"fmt"
	"unicode/utf8"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/form/table"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
)

const (
	insertFormRow = `
		INSERT INTO fieldwork.form (org_id, key, plural, type_name, label, description, icon, title, standard, plural_label, colour, sections, position)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, (SELECT coalesce(max(position), 0) + 1 FROM fieldwork.form WHERE org_id = $1))
		RETURNING id`
	updateForm = `
		UPDATE fieldwork.form SET label = $3, description = $4, icon = $5, title = $6, plural_label = $7, colour = $8, sections = $9 WHERE org_id = $1 AND id = $2`
	archiveForm = `UPDATE fieldwork.form SET archived_at = CASE WHEN $3 THEN now() END WHERE org_id = $1 AND id = $2`
)

// CreateForms makes forms and their tables, in one transaction. Forms may refer
// to each other in any order. Faults: INVALID and CONFLICT with paths from the
// form down, below its place in the list if there are several.
func (s *Store) CreateForms(ctx context.Context, by org.Actor, expected *int64, forms ...form.NewForm) (*form.Catalog, error) {
	return s.Change(ctx, by, expected, func(ctx context.Context, e *Edit) error {
		return e.CreateForms(ctx, forms)
	})
}

// CreateForms is the method of Store of that name, as part of a change.
func (e *Edit) CreateForms(ctx context.Context, forms []form.NewForm) error {
	at := func(i int, path ...any) []any {
		if len(forms) > 1 {
			return append([]any{i}, path...)
		}
		return path
	}
	e.Making = map[string]*table.NewTable{}
	for i, n := range forms {
		var bad fault.List
		if err := bad.Add(e.insertForm(ctx, n), at(i)...); err != nil {
			return err
		}
		if err := bad.Err(); err != nil {
			return err
		}
		if err := e.Reload(ctx); err != nil {
			return err
		}
	}
	// Fields come when all forms are there, so that references find their target;
	// then what is behind references, then what is computed of it all.
	var bad fault.List
	inverses := func() error {
		for i, n := range forms {
			for j, nf := range n.Fields {
				x := e.Cat.Form(n.Key).Field(nf.Key)
				if x == nil || x.Settings.Inverse == "" || len(bad) > 0 {
					continue
				}
				if err := bad.Add(e.AddInverse(ctx, x.Form, x, nf.Settings.InverseLabel), at(i, "fields", j)...); err != nil {
					return err
				}
			}
		}
		return nil
	}
	made := map[[2]int]bool{}
	for turn := range 3 {
		if turn == 1 {
			if err := inverses(); err != nil {
				return err
			}
		}
		// Settings may name fields that come later in the list: each is made as soon
		// as it can be, and what is left when none can is wrong.
		for before := -1; before != 0; {
			var lacking fault.List
			waiting := 0
			for i, n := range forms {
				for j, nf := range n.Fields {
					f := e.Cat.Form(n.Key)
					if Turn(nf) != turn || made[[2]int{i, j}] {
						continue
					}
					_, err := e.AddOne(ctx, f, nf, j+1)
					if made[[2]int{i, j}] = err == nil; err != nil {
						waiting++
					}
					if err = lacking.Add(err, at(i, "fields", j)...); err != nil {
						return err
					}
				}
			}
			if waiting == before {
				bad = append(bad, lacking...)
				waiting = 0
			}
			before = waiting
		}
	}
	if err := bad.Err(); err != nil {
		return err
	}
	for i, n := range forms {
		if n.Title != "" && e.Cat.Form(n.Key).Title == nil {
			return fault.New(fault.Invalid, "there is no stored field %q to be the title", n.Title).At(at(i, "title")...)
		}
	}
	return e.MakeTables(ctx, forms)
}

// Turn is when a field of a new form is made: after those it may need.
func Turn(n form.NewField) int {
	switch k := kind.ByName(n.Kind); {
	case k == nil:
		return 0
	case kind.IsComputed(k):
		return 2
	case k.Name() == "CHILDREN":
		return 1
	}
	return 0
}

// insertForm makes a form without its fields; its table comes with makeTables.
func (e *Edit) insertForm(ctx context.Context, n form.NewForm) error {
	if len(e.Cat.Forms) >= form.MaxForms {
		return fault.New(fault.Invalid, "an organisation has at most %d forms", form.MaxForms)
	}
	if n.Plural == "" {
		n.Plural = n.Key + "s"
	}
	if n.Title != "" {
		if err := form.CheckKey(n.Title, form.MaxFieldKey); err != nil {
			return fault.Below(err, "title")
		}
	}
	if err := e.Cat.CheckFormNames(n.Key, n.Plural, e.fixed); err != nil {
		return err
	}
	if len(n.Labels) == 0 {
		n.Labels = form.Label{e.Cat.Language: n.Key}
	}
	sections, err := e.checkDesign(design{n.Labels, n.Plurals, n.Descriptions, n.Icon, n.Colour, n.Sections}, nil)
	if err != nil {
		return err
	}
	title := n.Title
	if title == "" {
		for _, f := range n.Fields {
			if f.Kind == "TEXT" {
				title = f.Key
				break
			}
		}
	}
	var id int64
	err = e.Tx.GetContext(ctx, &id, insertFormRow, e.Cat.OrgID, n.Key, n.Plural, form.Pascal(n.Key), n.Labels.JSON(), n.Descriptions.JSON(), n.Icon, title, n.Standard,
		n.Plurals.JSON(), n.Colour, sections)
	if pg.Constraint(err) == "form_key_is_taken" {
		return fault.New(fault.Conflict, "there already is a form %q", n.Key).At("key")
	}
	if err != nil {
		return fmt.Errorf("insert form: %w", err)
	}
	e.Making[n.Key] = &table.NewTable{Fields: len(n.Fields)}
	e.Note("createForm", n.Key, "", nil, map[string]any{"key": n.Key, "plural": n.Plural, "labels": n.Labels})
	return nil
}

// UpdateForm changes labels, description, icon, colour, sections and title field
// of a form. Faults: NOT_FOUND for the form, INVALID, CONFLICT on another version.
func (s *Store) UpdateForm(ctx context.Context, by org.Actor, expected *int64, key string, u form.FormUpdate) (*form.Catalog, error) {
	return s.Change(ctx, by, expected, func(ctx context.Context, e *Edit) error { return e.UpdateForm(ctx, key, u) })
}

// UpdateForm is the method of Store of that name, as part of a change.
func (e *Edit) UpdateForm(ctx context.Context, key string, u form.FormUpdate) error {
	f, err := e.Form(key, "form")
	if err != nil {
		return err
	}
	was := design{f.Labels, f.Plurals, f.Descriptions, f.Icon, f.Colour, f.Sections}
	now := design{f.Labels.With(u.Labels), f.Plurals.With(u.Plurals), f.Descriptions.With(u.Descriptions), f.Icon, f.Colour, f.Sections}
	title := TitleOf(f)
	if u.Title != nil {
		x := f.Field(*u.Title)
		if x == nil || !x.CanBeTitle() {
			return fault.New(fault.Invalid, "there is no field %q that can be the title", fault.Clip(*u.Title)).At("title")
		}
		if t := f.Field("title"); t != nil && t != x {
			return fault.New(fault.Invalid, "the form has a field called title, which must stay the title of its records").At("title")
		}
		title = *u.Title
	}
	if u.Icon != nil {
		now.icon = *u.Icon
	}
	if u.Colour != nil {
		now.colour = *u.Colour
	}
	if u.Sections != nil {
		now.sections = u.Sections
	}
	if len(now.labels) == 0 {
		return fault.New(fault.Invalid, "a form needs a label in at least one language").At("labels")
	}
	sections, err := e.checkDesign(now, f)
	if err != nil {
		return err
	}
	if _, err := e.Tx.ExecContext(ctx, updateForm, e.Cat.OrgID, f.ID, now.labels.JSON(), now.descriptions.JSON(), now.icon, title, now.plurals.JSON(), now.colour, sections); err != nil {
		return fmt.Errorf("update form: %w", err)
	}
	if u.Sections != nil {
		if err := e.leaveSections(ctx, f, now.sections); err != nil {
			return err
		}
	}
	e.Note("updateForm", key, "", was.describe(TitleOf(f)), now.describe(title))
	return nil
}

// ArchiveForm hides a form with its records, or brings it back; the table stays.
// Standard forms cannot be archived, nor forms that others refer to.
func (s *Store) ArchiveForm(ctx context.Context, by org.Actor, expected *int64, key string, archive bool) (*form.Catalog, error) {
	return s.Change(ctx, by, expected, func(ctx context.Context, e *Edit) error {
		return e.ArchiveForm(ctx, key, archive)
	})
}

// ArchiveForm is the method of Store of that name, as part of a change.
func (e *Edit) ArchiveForm(ctx context.Context, key string, archive bool) error {
	f := e.Cat.Form(key)
	if f == nil || archive && f.ArchivedAt != nil {
		return fault.New(fault.NotFound, "there is no form %q", fault.Clip(key)).At("form")
	}
	if f.Standard {
		return fault.New(fault.Invalid, "form %q is a standard form: it can be relabelled and extended, not archived", key).At("form")
	}
	if archive {
		for _, other := range e.Cat.Active() {
			for _, x := range other.Own() {
				if x.Target == f && other != f && (x.Stored() || x.IsLinks()) {
					return fault.New(fault.Conflict, "field %s.%s refers to form %q: archive it first", other.Key, x.Key, key).At("form")
				}
			}
		}
	}
	action := map[bool]string{true: "archiveForm", false: "restoreForm"}[archive]
	if _, err := e.Tx.ExecContext(ctx, archiveForm, e.Cat.OrgID, f.ID, archive); err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	e.Note(action, key, "", nil, nil)
	return nil
}

// TitleOf is the key of the field that records are called by, "" for none.
func TitleOf(f *form.Form) string {
	if f.Title == nil {
		return ""
	}
	return f.Title.Key
}

// Reload compiles the catalog again, with what the change has written so far.
func (e *Edit) Reload(ctx context.Context) error {
	cat, err := form.LoadIn(ctx, e.Tx, e.Cat.OrgID)
	if err != nil {
		return err
	}
	e.Cat = cat
	return nil
}

// checkName refuses names of icons, colours and sections that are no short text.
func checkName(s, path string) error {
	if err := kind.CheckText(s); err != nil {
		return fault.Below(err, path)
	}
	if utf8.RuneCountInString(s) > form.MaxLabel {
		return fault.New(fault.Invalid, "must be at most %d characters long", form.MaxLabel).At(path)
	}
	return nil
}
