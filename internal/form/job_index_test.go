package form_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
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
		"unique that is not":  {form.NewField{Kind: "TEXT", Unique: true, Settings: form.SettingsInput{IgnoreCase: yes()}}, true},
		"reference":           {form.NewField{Kind: "REFERENCE", Settings: form.SettingsInput{To: text("customer"), Inverse: text("bigs")}}, false},
		"member":              {form.NewField{Kind: "MEMBER"}, false},
		"indexed reference":   {form.NewField{Kind: "REFERENCE", Indexed: true, Settings: form.SettingsInput{To: text("big")}}, false},
		"unique reference":    {form.NewField{Kind: "REFERENCE", Unique: true, Settings: form.SettingsInput{To: text("customer")}}, true},
		"filled by a default": {form.NewField{Kind: "TEXT", Required: true, Default: "x", Indexed: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := large(t, 1000)
			o.DB.Control.MustExec(`INSERT INTO org_acme.customer (name) VALUES ('Alpha'), ('Beta')`)
			c.field.Key = "fresh"
			cat, err := o.Forms.AddField(t.Context(), o.Owner, nil, "big", c.field)
			cat = mustChange(t, cat, err)
			x := cat.Form("big").Field("fresh")
			if x.Unique || x.Indexed || indexed(t, o, x.Index()) || indexed(t, o, x.UniqueIndex()) || cat.Job == nil {
				t.Errorf("the index was built under the lock of the change: %+v", cat.Job)
			}
			clean(t, o)
			if _, _, err := o.Forms.Undo(t.Context(), o.Owner, nil, cat.Version); fault.KindOf(err) != fault.Conflict {
				t.Errorf("undone while it is being indexed: %v, want CONFLICT", err)
			}
			if c.fails {
				o.DB.Control.MustExec(`UPDATE org_acme.big SET fresh = '1' WHERE id < 3`)
			} else if x.IsReference() {
				if _, err := o.DB.Control.Exec(`UPDATE org_acme.big SET fresh = 999999 WHERE id = 1`); err == nil {
					t.Error("a reference leads nowhere")
				}
			}
			wake, stop := runner(t, o)
			wake()
			j := awaitJob(t, o, time.Minute)
			stop()
			clean(t, o)
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
			cat, _, err = o.Forms.Undo(t.Context(), o.Owner, nil, cat.Version)
			if err == nil && cat.Form("big").Field("fresh") != nil {
				t.Error("the field is there after it was undone")
			}
			if k := fault.KindOf(err); err != nil && k != fault.Conflict {
				t.Error(err)
			}
			clean(t, o)
		})
	}
}

// A reference is indexed whatever comes of the job that was to do it.
func TestIndexOfReferenceIsBuiltAlthoughCancelled(t *testing.T) {
	t.Parallel()
	o := large(t, 1000)
	cat, err := o.Forms.AddField(t.Context(), o.Owner, nil, "big", form.NewField{Key: "ref", Kind: "REFERENCE", Unique: true, Settings: form.SettingsInput{To: text("customer")}})
	cat = mustChange(t, cat, err)
	if _, err := o.Forms.CancelJob(t.Context(), o.Owner, cat.Job.ID); err != nil {
		t.Fatal(err)
	}
	clean(t, o)
	wake, _ := runner(t, o)
	wake()
	if j := awaitJob(t, o, time.Minute); j.State != form.JobCancelled {
		t.Errorf("job %+v", j)
	}
	x := o.Catalog(t).Form("big").Field("ref")
	if !indexed(t, o, x.Index()) || x.Unique || indexed(t, o, x.UniqueIndex()) {
		t.Errorf("index %t, unique %t", indexed(t, o, x.Index()), x.Unique)
	}
	clean(t, o)
}

// What one change says of a field that it has made goes together, in a batch and
// in a document.
func TestNewFieldOfLargeFormIsChangedInTheSameChange(t *testing.T) {
	t.Parallel()
	o := large(t, 1000)
	_, _, err := o.Forms.ChangeAll(t.Context(), o.Owner, nil, false, []form.Step{
		form.StepAddField("big", form.NewField{Key: "a", Kind: "TEXT", Unique: true}),
		form.StepUpdateField("big", "a", form.FieldUpdate{Labels: form.Label{"en": "A thing"}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	d := form.Document{Partial: true, Forms: []form.FormDocument{o.Catalog(t).Form("big").Document()}}
	d.Forms[0].Fields = append(d.Forms[0].Fields,
		form.FieldDocument{Key: "b", Kind: "TEXT", Unique: true, Indexed: true, Labels: form.Label{"en": "B"}},
		form.FieldDocument{Key: "old", Kind: "REFERENCE", Archived: true, Labels: form.Label{"en": "Old"}, Settings: map[string]json.RawMessage{"to": json.RawMessage(`"customer"`)}},
		form.FieldDocument{Key: "c", Kind: "REFERENCE", Labels: form.Label{"en": "C"}, Settings: map[string]json.RawMessage{"to": json.RawMessage(`"customer"`), "shownWhen": json.RawMessage(`"b = \"x\""`)}})
	wake, _ := runner(t, o)
	wake()
	awaitJob(t, o, time.Minute)
	if _, err := o.Forms.Apply(t.Context(), o.Owner, nil, d, form.Applying{}); err != nil {
		t.Fatal(err)
	}
	clean(t, o)
	wake()
	awaitJob(t, o, time.Minute)
	for until := time.Now().Add(time.Minute); ; pause(5 * time.Millisecond) {
		jobs, err := o.Forms.Jobs(t.Context(), o.Owner, "")
		if err != nil || time.Now().After(until) {
			t.Fatal("jobs do not end: ", err)
		}
		if !slices.ContainsFunc(jobs, func(j *form.Job) bool { return j.EndedAt == nil }) {
			break
		}
	}
	clean(t, o)
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
	o := large(t, 1000)
	wake, _ := runner(t, o)
	_, err := o.Forms.AddRule(t.Context(), o.Owner, nil, "big", form.NewRule{Key: "fast", Kind: form.IndexRule, Fields: []string{"n", "name"}})
	refused(t, err, "INVALID fields") // two texts
	cat, err := o.Forms.AddField(t.Context(), o.Owner, nil, "big", form.NewField{Key: "size", Kind: "INTEGER"})
	mustChange(t, cat, err)
	cat, err = o.Forms.AddRule(t.Context(), o.Owner, nil, "big", form.NewRule{Key: "fast", Kind: form.IndexRule, Fields: []string{"size", "name"}})
	if cat = mustChange(t, cat, err); cat.Job == nil || cat.Form("big").Rule("fast") != nil {
		t.Errorf("the rule is there before its index: job %+v", cat.Job)
	}
	wake()
	if j := awaitJob(t, o, time.Minute); j.State != form.JobDone {
		t.Fatalf("job %+v", j)
	}
	if r := o.Catalog(t).Form("big").Rule("fast"); r == nil || r.Kind != form.IndexRule || r.Broken != "" {
		t.Errorf("rule %+v", r)
	}
	clean(t, o)
}

func TestRulesOfLargeFormsChangeBeside(t *testing.T) {
	t.Parallel()
	o := large(t, 1000)
	wake, _ := runner(t, o)
	if _, err := o.Forms.AddRule(t.Context(), o.Owner, nil, "big", form.NewRule{Key: "once", Kind: form.UniqueRule, Fields: []string{"n"}}); err != nil {
		t.Fatal(err)
	}
	wake()
	awaitJob(t, o, time.Minute)
	update := func(fields ...string) (*form.Catalog, error) {
		return o.Forms.UpdateRule(t.Context(), o.Owner, nil, "big", "once", form.RuleUpdate{Fields: fields, IgnoreCase: yes(), Message: form.Label{"en": "Once."}})
	}
	version := o.Catalog(t).Version
	stopped := o.DB.Control.MustBegin() // keeps the index from its end
	stopped.MustExec(`UPDATE org_acme.big SET name = name WHERE id = 1`)
	cat, err := update("name", "n")
	cat = mustChange(t, cat, err)
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
	clean(t, o)
	if err := stopped.Commit(); err != nil {
		t.Fatal(err)
	}
	wake()
	if j := awaitJob(t, o, time.Minute); j.State != form.JobDone {
		t.Fatalf("job %+v", j)
	}
	clean(t, o)
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
	if j := awaitJob(t, o, time.Minute); j.State != form.JobFailed || j.Error == "" {
		t.Errorf("job %+v", j)
	}
	if r := o.Catalog(t).Form("big").Rule("once"); len(r.FieldKeys) != 2 || r.Broken != "" {
		t.Errorf("rule %+v", r)
	}
	clean(t, o)
	if _, err := o.Forms.RemoveRule(t.Context(), o.Owner, nil, "big", "once"); err != nil {
		t.Error(err)
	}
	clean(t, o)
}

func TestUniqueFieldsOfLargeFormsIgnoreCaseBeside(t *testing.T) {
	t.Parallel()
	o := large(t, 1000)
	wake, _ := runner(t, o)
	set := func(u form.FieldUpdate) *form.Job {
		t.Helper()
		cat, err := o.Forms.UpdateField(t.Context(), o.Owner, nil, "big", "name", u)
		if cat = mustChange(t, cat, err); cat.Job == nil {
			t.Fatal("no job was begun")
		}
		wake()
		j := awaitJob(t, o, time.Minute)
		clean(t, o)
		return j
	}
	ignore := func(yes bool) form.FieldUpdate {
		return form.FieldUpdate{Settings: &form.SettingsInput{IgnoreCase: &yes}}
	}
	set(form.FieldUpdate{Unique: yes()})
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
	o := large(t, 1000)
	wake, _ := runner(t, o)
	for round := range 6 {
		cat, err := o.Forms.ConvertField(t.Context(), o.Owner, nil, "big", "n", form.Conversion{Kind: []string{"INTEGER", "TEXT"}[round%2]})
		mustChange(t, cat, err)
		cat, err = o.Forms.AddRule(t.Context(), o.Owner, nil, "big", form.NewRule{Key: fmt.Sprintf("once%d", round), Kind: form.UniqueRule, Fields: []string{"n", "name"}})
		mustChange(t, cat, err)
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
		clean(t, o)
	}
}
