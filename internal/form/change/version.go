package change

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"fieldwork/internal/form"
	"fieldwork/internal/form/document"
	"fieldwork/internal/pg"
)

const (
	// Forms of organisations that were made before versions were kept get their
	// first one before the next change: what they are stands since their last.
	selectUnversioned = `
		SELECT key, coalesce((SELECT max(version) FROM fieldwork.change c WHERE c.org_id = f.org_id AND c.form = f.key), 1) AS since
		  FROM fieldwork.form f
		 WHERE org_id = $1 AND NOT EXISTS (SELECT FROM fieldwork.form_version v WHERE v.org_id = f.org_id AND v.form = f.key)`
	// A change that leaves a form as it was makes no version of it.
	insertVersions = `
		INSERT INTO fieldwork.form_version (org_id, form, version, definition)
		SELECT $1, d.form, d.version, d.definition
		  FROM jsonb_to_recordset($2) AS d (form text, version bigint, definition jsonb)
		 WHERE d.definition IS DISTINCT FROM (SELECT v.definition FROM fieldwork.form_version v
		                                       WHERE v.org_id = $1 AND v.form = d.form ORDER BY v.version DESC LIMIT 1)
		ON CONFLICT DO NOTHING`
	selectVersionAt = `
		SELECT definition FROM fieldwork.form_version WHERE org_id = $1 AND form = $2 AND version <= $3 ORDER BY version DESC LIMIT 1`
	selectVersions = `
		SELECT v.version, coalesce(c.at, o.created_at) AS at, coalesce(c.member_id, 0) AS member
		  FROM fieldwork.form_version v
		  JOIN fieldwork.organisation o ON o.id = v.org_id
		  LEFT JOIN fieldwork.change c ON c.org_id = v.org_id AND c.version = v.version AND c.position = 0
		 WHERE v.org_id = $1 AND v.form = $2 ORDER BY v.version DESC LIMIT $3`
)

// Versions lists the last n versions in which a form changed, the newest first.
func (s *Store) Versions(ctx context.Context, f *form.Form, n int) ([]*form.FormVersion, error) {
	out := []*form.FormVersion{}
	return out, pg.Translate(s.DB.Control.SelectContext(ctx, &out, selectVersions, f.Catalog.OrgID, f.Key, n))
}

// At is a form as it was at a version of the definitions, nil when it was not
// there or is not known any more.
func (s *Store) At(ctx context.Context, f *form.Form, version int64) (*document.Form, error) {
	var b []byte
	err := s.DB.Control.GetContext(ctx, &b, selectVersionAt, f.Catalog.OrgID, f.Key, version)
	if pg.IsNoRows(err) {
		if version >= f.Catalog.Version { // made before versions were kept, and not changed since
			d := document.OfForm(f)
			return &d, nil
		}
		return nil, nil
	}
	if err != nil {
		return nil, pg.Translate(err)
	}
	var d document.Form
	return &d, json.Unmarshal(b, &d)
}

// formAt is a form at a version, as it is written.
type formAt struct {
	Form       string        `json:"form"`
	Version    int64         `json:"version"`
	Definition document.Form `json:"definition"`
}

// firstVersions keeps what forms are that have no version yet.
func (e *Edit) firstVersions(ctx context.Context) error {
	var missing []struct {
		Key   string `db:"key"`
		Since int64  `db:"since"`
	}
	if err := e.Tx.SelectContext(ctx, &missing, selectUnversioned, e.Cat.OrgID); err != nil {
		return fmt.Errorf("look for forms without a version: %w", err)
	}
	rows := make([]formAt, len(missing))
	for i, m := range missing {
		rows[i] = formAt{m.Key, m.Since, document.OfForm(e.Cat.Form(m.Key))}
	}
	return e.saveVersions(ctx, rows)
}

// keepVersions keeps the forms that the change was about, as they are after it.
func (e *Edit) keepVersions(ctx context.Context, after *form.Catalog) error {
	var rows []formAt
	var seen []string
	for _, c := range e.Log {
		if f := after.Form(c.form); f != nil && !slices.Contains(seen, c.form) {
			seen = append(seen, c.form)
			rows = append(rows, formAt{f.Key, after.Version, document.OfForm(f)})
		}
	}
	return e.saveVersions(ctx, rows)
}

func (e *Edit) saveVersions(ctx context.Context, rows []formAt) error {
	if len(rows) == 0 {
		return nil
	}
	b, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	if _, err := e.Tx.ExecContext(ctx, insertVersions, e.Cat.OrgID, b); err != nil {
		return fmt.Errorf("keep versions of forms: %w", err)
	}
	return nil
}
