package job_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/batch"
	"fieldwork/internal/form/conversion"
	"fieldwork/internal/form/document"
	"fieldwork/internal/form/formtest"
	"fieldwork/internal/orgtest"
)

// indexed says whether PostgreSQL has a valid index of that name.
func indexed(t *testing.T, o *orgtest.Org, name string) (valid bool) {
	t.Helper()
	if err := o.DB.Control.Get(&valid, `SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('org_acme.' || $1) AND indisvalid)`, name); err != nil {
		t.Fatal(err)
	}
	return valid
}

func TestNewFieldsOfLargeFormsAreIndexedBeside(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		field form.NewField
		fails bool // before the job is done records get values, two the same
	}{
		"indexed":             {form.NewField{Kind: "TEXT", Indexed: true}, false},
		"unique and indexed":  {form.NewField{Kind: "TEXT", Unique: true, Indexed: true}, false},
		"unique that is not":  {form.NewField{Kind: "TEXT", Unique: true, Settings: form.SettingsInput{IgnoreCase: new(true)}}, true},
		"reference":           {form.NewField{Kind: "REFERENCE", Settings: form.SettingsInput{To: new("customer"), Inverse: new("bigs")}}, false},
		"member":              {form.NewField{Kind: "MEMBER"}, false},
		"indexed reference":   {form.NewField{Kind: "REFERENCE", Indexed: true, Settings: form.SettingsInput{To: new("big")}}, false},
		"unique reference":    {form.NewField{Kind: "REFERENCE", Unique: true, Settings: form.SettingsInput{To: new("customer")}}, true},
		"filled by a default": {form.NewField{Kind: "TEXT", Required: true, Default: "x", Indexed: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := formtest.Large(t, 1000)
			o.DB.Control.MustExec(`INSERT INTO org_acme.customer (name) VALUES ('Alpha'), ('Beta')`)
			c.field.Key = "fresh"
			cat, err := o.Forms.AddField(t.Context(), o.Owner, nil, "big", c.field)
			cat = formtest.Must(t, cat, err)
			x := cat.Form("big").Field("fresh")
			if x.Unique || x.Indexed || indexed(t, o, x.Index()) || indexed(t, o, x.UniqueIndex()) || cat.Job == nil {
				t.Errorf("the index was built under the lock of the change: %+v", cat.Job)
			}
			formtest.Clean(t, o)
			if _, _, err := batch.Undo(t.Context(), o.Forms, o.Owner, nil, cat.Version); fault.KindOf(err) != fault.Conflict {
				t.Errorf("undone while it is being indexed: %v, want CONFLICT", err)
			}
			if c.fails {
				o.DB.Control.MustExec(`UPDATE org_acme.big SET fresh = '1' WHERE id < 3`)
			} else if x.IsReference() {
				if _, err := o.DB.Control.Exec(`UPDATE org_acme.big SET fresh = 999999 WHERE id = 1`); err == nil {
					t.Error("a reference leads nowhere")
				}
			}
			wake, stop := formtest.Runner(t, o)
			wake()
			j := formtest.AwaitJob(t, o, time.Minute)
			stop()
			formtest.Clean(t, o)
			x = o.Catalog(t).Form("big").Field("fresh")
			if c.fails {
				if j.State != form.JobFailed || j.Failures().Count != 2 || x.Unique {
					t.Errorf("job %+v %s", j, j.Report)
				}
			} else if j.State != form.JobDone || x.Unique != c.field.Unique || x.Indexed != c.field.Indexed {
				t.Errorf("job %+v; unique %t, indexed %t", j, x.Unique, x.Indexed)
			}
			if want := c.field.Indexed || x.Target != nil; indexed(t, o, x.Index()) != want {
				t.Errorf("index: %t, want %t", !want, want)
			}
			if indexed(t, o, x.UniqueIndex()) != x.Unique {
				t.Errorf("unique index: %t", !x.Unique)
			}
			cat, _, err = batch.Undo(t.Context(), o.Forms, o.Owner, nil, cat.Version)
			if err == nil && cat.Form("big").Field("fresh") != nil {
				t.Error("the field is there after it was undone")
			}
			if k := fault.KindOf(err); err != nil && k != fault.Conflict {
				t.Error(err)
			}
			formtest.Clean(t, o)
		})
	}
}

// A reference is indexed whatever comes of the job that was to do it.
func TestIndexOfReferenceIsBuiltAlthoughCancelled(t *testing.T) {
	t.Parallel()
	o := formtest.Large(t, 1000)
	cat, err := o.Forms.AddField(t.Context(), o.Owner, nil, "big", form.NewField{Key: "ref", Kind: "REFERENCE", Unique: true, Settings: form.SettingsInput{To: new("customer")}})
	cat = formtest.Must(t, cat, err)
	if _, err := o.Forms.CancelJob(t.Context(), o.Owner, cat.Job.ID); err != nil {
		t.Fatal(err)
	}
	formtest.Clean(t, o)
	wake, _ := formtest.Runner(t, o)
	wake()
	if j := formtest.AwaitJob(t, o, time.Minute); j.State != form.JobCancelled {
		t.Errorf("job %+v", j)
	}
	x := o.Catalog(t).Form("big").Field("ref")
	if !indexed(t, o, x.Index()) || x.Unique || indexed(t, o, x.UniqueIndex()) {
		t.Errorf("index %t, unique %t", indexed(t, o, x.Index()), x.Unique)
	}
	formtest.Clean(t, o)
}

// What one change says of a field that it has made goes together, in a batch and
// in a document.
func TestNewFieldOfLargeFormIsChangedInTheSameChange(t *testing.T) {
	t.Parallel()
	o := formtest.Large(t, 1000)
	_, _, err := batch.Run(t.Context(), o.Forms, o.Owner, nil, false, []batch.Step{
		batch.AddField("big", form.NewField{Key: "a", Kind: "TEXT", Unique: true}),
		batch.UpdateField("big", "a", form.FieldUpdate{Labels: form.Label{"en": "A thing"}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	d := document.Document{Partial: true, Forms: []document.Form{document.OfForm(o.Catalog(t).Form("big"))}}
	d.Forms[0].Fields = append(d.Forms[0].Fields,
		document.Field{Key: "b", Kind: "TEXT", Unique: true, Indexed: true, Labels: form.Label{"en": "B"}},
		document.Field{Key: "old", Kind: "REFERENCE", Archived: true, Labels: form.Label{"en": "Old"}, Settings: map[string]json.RawMessage{"to": json.RawMessage(`"customer"`)}},
		document.Field{Key: "c", Kind: "REFERENCE", Labels: form.Label{"en": "C"}, Settings: map[string]json.RawMessage{"to": json.RawMessage(`"customer"`), "shownWhen": json.RawMessage(`"b = \"x\""`)}})
	wake, _ := formtest.Runner(t, o)
	wake()
	formtest.AwaitJob(t, o, time.Minute)
	if _, err := batch.Apply(t.Context(), o.Forms, o.Owner, nil, d, batch.Applying{}); err != nil {
		t.Fatal(err)
	}
	formtest.Clean(t, o)
	wake()
	formtest.AwaitJob(t, o, time.Minute)
	for until := time.Now().Add(time.Minute); ; pause(5 * time.Millisecond) {
		jobs, err := o.Forms.Jobs(t.Context(), o.Owner, "")
		if err != nil || time.Now().After(until) {
			t.Fatal("jobs do not end: ", err)
		}
		if !slices.ContainsFunc(jobs, func(j *form.Job) bool { return j.EndedAt == nil }) {
			break
		}
	}
	formtest.Clean(t, o)
	f := o.Catalog(t).Form("big")
	if x := f.Field("b"); !x.Unique || !x.Indexed {
		t.Error("b is not indexed")
	}
	if x := f.Field("c"); x.Settings.ShownWhen == "" || !indexed(t, o, x.Index()) {
		t.Errorf("c is %+v", x.Settings)
	}
	if f.Field("old") != nil {
		t.Error("old is in use")
	}
}

func TestIndexRulesOfLargeFormsAreMadeBeside(t *testing.T) {
	t.Parallel()
	o := formtest.Large(t, 1000)
	wake, _ := formtest.Runner(t, o)
	_, err := o.Forms.AddRule(t.Context(), o.Owner, nil, "big", form.NewRule{Key: "fast", Kind: form.IndexRule, Fields: []string{"n", "name"}})
	formtest.Refused(t, err, "INVALID fields") // two texts
	cat, err := o.Forms.AddField(t.Context(), o.Owner, nil, "big", form.NewField{Key: "size", Kind: "INTEGER"})
	formtest.Must(t, cat, err)
	cat, err = o.Forms.AddRule(t.Context(), o.Owner, nil, "big", form.NewRule{Key: "fast", Kind: form.IndexRule, Fields: []string{"size", "name"}})
	if cat = formtest.Must(t, cat, err); cat.Job == nil || cat.Form("big").Rule("fast") != nil {
		t.Errorf("the rule is there before its index: job %+v", cat.Job)
	}
	wake()
	if j := formtest.AwaitJob(t, o, time.Minute); j.State != form.JobDone {
		t.Fatalf("job %+v", j)
	}
	if r := o.Catalog(t).Form("big").Rule("fast"); r == nil || r.Kind != form.IndexRule || r.Broken != "" {
		t.Errorf("rule %+v", r)
	}
	formtest.Clean(t, o)
}

func TestRulesOfLargeFormsChangeBeside(t *testing.T) {
	t.Parallel()
	o := formtest.Large(t, 1000)
	wake, _ := formtest.Runner(t, o)
	if _, err := o.Forms.AddRule(t.Context(), o.Owner, nil, "big", form.NewRule{Key: "once", Kind: form.UniqueRule, Fields: []string{"n"}}); err != nil {
		t.Fatal(err)
	}
	wake()
	formtest.AwaitJob(t, o, time.Minute)
	update := func(fields ...string) (*form.Catalog, error) {
		return o.Forms.UpdateRule(t.Context(), o.Owner, nil, "big", "once", form.RuleUpdate{Fields: fields, IgnoreCase: new(true), Message: form.Label{"en": "Once."}})
	}
	version := o.Catalog(t).Version
	stopped := o.DB.Control.MustBegin() // keeps the index from its end
	stopped.MustExec(`UPDATE org_acme.big SET name = name WHERE id = 1`)
	cat, err := update("name", "n")
	cat = formtest.Must(t, cat, err)
	r := cat.Form("big").Rule("once")
	if cat.Job == nil || len(r.FieldKeys) != 1 || r.IgnoreCase || r.Message["en"] != "Once." {
		t.Errorf("rule %+v, job %+v", r, cat.Job)
	}
	if _, err := update("name"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("changed again meanwhile: %v, want CONFLICT", err)
	}
	if _, err := o.Forms.RemoveRule(t.Context(), o.Owner, nil, "big", "once"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("removed meanwhile: %v, want CONFLICT", err)
	}
	formtest.Clean(t, o)
	if err := stopped.Commit(); err != nil {
		t.Fatal(err)
	}
	wake()
	if j := formtest.AwaitJob(t, o, time.Minute); j.State != form.JobDone {
		t.Fatalf("job %+v", j)
	}
	formtest.Clean(t, o)
	cat = o.Catalog(t)
	if r := cat.Form("big").Rule("once"); len(r.FieldKeys) != 2 || !r.IgnoreCase || cat.Version != version+2 {
		t.Errorf("rule %+v, version %d after %d", r, cat.Version, version)
	}
	if _, err := o.DB.Control.Exec(`INSERT INTO org_acme.big (name, n) VALUES ('R5', '5')`); err == nil {
		t.Error("the rule does not hold")
	}
	if _, err := o.DB.Control.Exec(`INSERT INTO org_acme.big (name, n) VALUES ('other', '5')`); err != nil {
		t.Errorf("the rule holds as it was: %v", err)
	}

	// One that would be broken stays as it is.
	o.DB.Control.MustExec(`UPDATE org_acme.big SET name = 'same' WHERE id IN (7, 8)`)
	if _, err := update("name"); err != nil {
		t.Fatal(err)
	}
	wake()
	if j := formtest.AwaitJob(t, o, time.Minute); j.State != form.JobFailed || j.Error == "" {
		t.Errorf("job %+v", j)
	}
	if r := o.Catalog(t).Form("big").Rule("once"); len(r.FieldKeys) != 2 || r.Broken != "" {
		t.Errorf("rule %+v", r)
	}
	formtest.Clean(t, o)
	if _, err := o.Forms.RemoveRule(t.Context(), o.Owner, nil, "big", "once"); err != nil {
		t.Error(err)
	}
	formtest.Clean(t, o)
}

func TestUniqueFieldsOfLargeFormsIgnoreCaseBeside(t *testing.T) {
	t.Parallel()
	o := formtest.Large(t, 1000)
	wake, _ := formtest.Runner(t, o)
	set := func(u form.FieldUpdate) *form.Job {
		t.Helper()
		cat, err := o.Forms.UpdateField(t.Context(), o.Owner, nil, "big", "name", u)
		if cat = formtest.Must(t, cat, err); cat.Job == nil {
			t.Fatal("no job was begun")
		}
		wake()
		j := formtest.AwaitJob(t, o, time.Minute)
		formtest.Clean(t, o)
		return j
	}
	ignore := func(yes bool) form.FieldUpdate {
		return form.FieldUpdate{Settings: &form.SettingsInput{IgnoreCase: &yes}}
	}
	set(form.FieldUpdate{Unique: new(true)})
	if j := set(ignore(true)); j.State != form.JobDone || !o.Catalog(t).Form("big").Field("name").Settings.IgnoreCase {
		t.Fatalf("job %+v", j)
	}
	if _, err := o.DB.Control.Exec(`INSERT INTO org_acme.big (name, n) VALUES ('R5', '5')`); err == nil {
		t.Error("capital letters make a difference")
	}
	if j := set(ignore(false)); j.State != form.JobDone || o.Catalog(t).Form("big").Field("name").Settings.IgnoreCase {
		t.Fatalf("job %+v", j)
	}
	o.DB.Control.MustExec(`INSERT INTO org_acme.big (name, n) VALUES ('R5', '5')`)
	if j := set(ignore(true)); j.State != form.JobFailed || j.Failures().Count != 2 || o.Catalog(t).Form("big").Field("name").Settings.IgnoreCase {
		t.Errorf("job %+v %s", j, j.Report)
	}
	if x := o.Catalog(t).Form("big").Field("name"); !x.Unique || !indexed(t, o, x.UniqueIndex()) {
		t.Error("the field is unique no more")
	}
}

// TestRulesAndConversionsOfLargeFormsMeet: a rule whose index is made while one of
// its fields is being converted holds for the new values.
func TestRulesAndConversionsOfLargeFormsMeet(t *testing.T) {
	t.Parallel()
	o := formtest.Large(t, 1000)
	wake, _ := formtest.Runner(t, o)
	for round := range 6 {
		cat, err := conversion.Convert(t.Context(), o.Forms, o.Owner, nil, "big", "n", conversion.Input{Kind: []string{"INTEGER", "TEXT"}[round%2]})
		formtest.Must(t, cat, err)
		cat, err = o.Forms.AddRule(t.Context(), o.Owner, nil, "big", form.NewRule{Key: fmt.Sprintf("once%d", round), Kind: form.UniqueRule, Fields: []string{"n", "name"}})
		formtest.Must(t, cat, err)
		wake()
		for until := time.Now().Add(time.Minute); ; {
			jobs, err := o.Forms.Jobs(t.Context(), o.Owner, "")
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(jobs, func(j *form.Job) bool { return j.EndedAt == nil }) {
				for _, j := range jobs {
					if j.State != form.JobDone {
						t.Fatalf("job %+v", j)
					}
				}
				break
			}
			if time.Now().After(until) {
				t.Fatalf("jobs have not ended: %+v", jobs)
			}
			pause(5 * time.Millisecond)
		}
		formtest.Clean(t, o)
	}
}
