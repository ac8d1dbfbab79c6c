package table_test

import (
	"fmt"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/form/check"
	"fieldwork/internal/form/conversion"
	"fieldwork/internal/form/formtest"
	"fieldwork/internal/form/table"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg"
)

// history prints what was recorded of the records of a form, oldest first.
func history(t *testing.T, o *orgtest.Org, key string) []string {
	t.Helper()
	var out []string
	err := o.DB.Control.Select(&out, `SELECT concat_ws(' ', action, record, was - '{version,updated_at,updated_by,created_at,created_by,archived_at,id}'::text[], became) FROM org_acme.history__ WHERE form = $1 ORDER BY seq`, key)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// write sends a statement under the organisation's role.
func write(t *testing.T, o *orgtest.Org, sql string) error {
	t.Helper()
	return o.DB.As(t.Context(), o.Org.Role, func(c *pg.Conn) error { _, err := c.Exec(t.Context(), sql, nil); return err })
}

// TestOldOrganisationsGetAHistory: one that was made before there was any.
func TestOldOrganisationsGetAHistory(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	o.DB.Control.MustExec(`DROP FUNCTION org_acme.history__, org_acme.history__links, org_acme.history__linked CASCADE; DROP FUNCTION org_acme.by__, org_acme.was__; DROP TABLE org_acme.history__`)
	if problems, err := check.Run(t.Context(), o.DB, o.Org.ID); err != nil || len(problems) < 5 {
		t.Errorf("without a history the check says %q, %v", problems, err)
	}
	for range 2 { // the second time changes nothing
		if err := table.EnsureHistory(t.Context(), o.DB); err != nil {
			t.Fatal(err)
		}
		formtest.Clean(t, o)
	}
	if err := write(t, o, `INSERT INTO org_acme.customer (name) VALUES ('a')`); err != nil {
		t.Fatal(err)
	}
	if got := history(t, o, "customer"); len(got) != 1 {
		t.Errorf("recorded %q", got)
	}

	t.Run("which the role may write after the database was restored", func(t *testing.T) {
		o.DB.Control.MustExec(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA org_acme TO ` + pg.Quote(o.Org.Role))
		if problems, err := check.Run(t.Context(), o.DB, o.Org.ID); err != nil || len(problems) != 1 {
			t.Errorf("the check says %q, %v", problems, err)
		}
		if err := table.EnsureHistory(t.Context(), o.DB); err != nil {
			t.Fatal(err)
		}
		formtest.Clean(t, o)
	})
}

// TestHistoryIsWrittenByNobody but the triggers (SEC-83).
func TestHistoryIsWrittenByNobody(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	if err := write(t, o, `INSERT INTO org_acme.customer (name) VALUES ('a')`); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`UPDATE org_acme.history__ SET by = 1`, `DELETE FROM org_acme.history__`, `TRUNCATE org_acme.history__`,
		`INSERT INTO org_acme.history__ (form, record, via, action) VALUES ('customer', 1, 'REQUEST', 'UPDATED')`,
		`ALTER TABLE org_acme.customer DISABLE TRIGGER history__`, `SET session_replication_role = replica`, `SELECT org_acme.history__()`,
	} {
		if err := write(t, o, sql); err == nil {
			t.Errorf("%s was done", sql)
		}
	}
	if got := history(t, o, "customer"); len(got) != 1 {
		t.Errorf("recorded %q", got)
	}
}

// TestDefinitionsLeaveTheHistoryAlone: what changes how records are kept is no
// change of records, at once and in the background, and recording goes on after it.
func TestDefinitionsLeaveTheHistoryAlone(t *testing.T) {
	t.Parallel()
	o := formtest.Large(t, 300, form.NewField{Key: "ref", Kind: "REFERENCE", Settings: form.SettingsInput{To: new("big")}})
	o.DB.Control.MustExec(`UPDATE org_acme.big SET ref = 1 WHERE id > 1`)
	wake, stop := formtest.Runner(t, o)
	step := func(what string, change func() error) {
		t.Helper()
		before := history(t, o, "big")
		if err := change(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got := history(t, o, "big"); len(got) != len(before) {
			t.Errorf("%s was recorded: %q", what, got)
		}
		formtest.Clean(t, o)
		if err := write(t, o, `UPDATE org_acme.big SET name = name || '+', version = version + 1 WHERE id = 2`); err != nil {
			t.Fatal(err)
		}
		if got := history(t, o, "big"); len(got) != len(before)+1 {
			t.Errorf("after %s a write was recorded so: %q", what, got)
		}
	}
	job := func() error {
		wake()
		if j := formtest.AwaitJob(t, o, 20*time.Second); j.State != form.JobDone {
			return fmt.Errorf("job %+v", j)
		}
		return nil
	}
	convert := func(key, kind string) func() error {
		return func() error {
			if _, err := conversion.Convert(t.Context(), o.Forms, o.Owner, nil, "big", key, conversion.Input{Kind: kind}); err != nil {
				return err
			}
			return job()
		}
	}
	step("a conversion", convert("n", "INTEGER"))
	step("a conversion to links", convert("ref", "REFERENCES"))
	step("a conversion from links", convert("ref", "REFERENCE"))
	stop()
	o.Forms.AtOnce = 1000
	step("numbering", func() error {
		_, err := o.Forms.AddField(t.Context(), o.Owner, nil, "big", form.NewField{Key: "no", Kind: "AUTO_NUMBER", Settings: form.SettingsInput{Pattern: new("N-{000}")}})
		return err
	})
	step("a field with a default", func() error {
		_, err := o.Forms.AddField(t.Context(), o.Owner, nil, "big", form.NewField{Key: "size", Kind: "INTEGER", Required: true, Default: "7"})
		return err
	})
	step("a table made anew", func() error { return formtest.Rebuild(t.Context(), o, "big") })
}

// TestPurgedFieldsLeaveTheHistory: with all that they held, whoever has their key
// next.
func TestPurgedFieldsLeaveTheHistory(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	_, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: "thing", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}, {Key: "secret", Kind: "TEXT"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{`INSERT INTO org_acme.thing (name, secret) VALUES ('a', 'hush'), ('b', 'psst')`, `UPDATE org_acme.thing SET name = 'c', secret = 'hush hush' WHERE id = 1`, `DELETE FROM org_acme.thing WHERE id = 2`} {
		if err := write(t, o, sql); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{`CREATED 1 {} {}`, `CREATED 2 {} {}`, `UPDATED 1 {"name": "a", "secret": "hush"} {"name": "c", "secret": "hush hush"}`, `DELETED 2 {"name": "b", "secret": "psst"} {}`}
	if got := history(t, o, "thing"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("recorded\n%q, want\n%q", got, want)
	}
	if _, err := o.Forms.ArchiveField(t.Context(), o.Owner, nil, "thing", "secret"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Forms.PurgeField(t.Context(), o.Owner, nil, "thing", "secret"); err != nil {
		t.Fatal(err)
	}
	want = []string{`CREATED 1 {} {}`, `CREATED 2 {} {}`, `UPDATED 1 {"name": "a"} {"name": "c"}`, `DELETED 2 {"name": "b"} {}`}
	if got := history(t, o, "thing"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("left are\n%q, want\n%q", got, want)
	}
}
