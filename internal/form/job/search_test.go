package job_test

import (
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/form/conversion"
	"fieldwork/internal/form/formtest"
	"fieldwork/internal/orgtest"
)

// searchJobs is how many jobs about search indexes are still to be done.
func searchJobs(t *testing.T, o *orgtest.Org) (n int) {
	t.Helper()
	if err := o.DB.Control.GetContext(t.Context(), &n, `SELECT count(*) FROM fieldwork.job WHERE action = 'search' AND ended_at IS NULL`); err != nil {
		t.Fatal(err)
	}
	return n
}

func awaitSearchJobs(t *testing.T, o *orgtest.Org) {
	t.Helper()
	for until := time.Now().Add(time.Minute); searchJobs(t, o) > 0; {
		if time.Now().After(until) {
			t.Fatal("the search index is not done")
		}
	}
}

// TestSearchIndexesOfLargeFormsFollowBeside: changes of what is searched never
// build an index while everyone waits, and one job catches up with several.
func TestSearchIndexesOfLargeFormsFollowBeside(t *testing.T) {
	t.Parallel()
	o := formtest.Large(t, 1000)
	first := o.Catalog(t).Form("big").SearchIndex()
	for _, key := range []string{"one", "two"} {
		if _, err := o.Forms.AddField(t.Context(), o.Owner, nil, "big", form.NewField{Key: key, Kind: "LONG_TEXT"}); err != nil {
			t.Fatal(err)
		}
		formtest.Clean(t, o)
	}
	now := o.Catalog(t).Form("big").SearchIndex()
	if n := searchJobs(t, o); n != 1 || now == first || !indexed(t, o, first) || indexed(t, o, now) {
		t.Fatalf("%d jobs; before %s, now %s", n, first, now)
	}
	wake, stop := formtest.Runner(t, o)
	wake()
	awaitSearchJobs(t, o)
	if !indexed(t, o, now) || indexed(t, o, first) {
		t.Error("the index is not the one that the form wants")
	}
	formtest.Clean(t, o)

	// A form that was there before there was search, and was changed since.
	o.DB.Control.MustExec(`DROP INDEX org_acme.` + now)
	o.DB.Control.MustExec(`INSERT INTO fieldwork.job (org_id, form, action, input) SELECT id, f, 'search', '{}' FROM fieldwork.organisation, unnest('{big,gone}'::text[]) f`)
	wake()
	awaitSearchJobs(t, o)
	stop()
	formtest.Clean(t, o)
}

// TestSearchIndexesFollowAtOnce: whatever happens to texts of a small form, it has
// the index that it wants and no other.
func TestSearchIndexesFollowAtOnce(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	name, code := "name", "code"
	seen := map[string]bool{}
	step := func(what string, other bool, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		formtest.Clean(t, o)
		index := o.Catalog(t).Form("small").SearchIndex()
		if seen[index] == other {
			t.Errorf("%s: the index is %s, seen before: %t", what, index, seen[index])
		}
		seen[index] = true
	}
	_, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: "small", Fields: []form.NewField{{Key: name, Kind: "TEXT"}, {Key: code, Kind: "TEXT"}, {Key: "size", Kind: "INTEGER"}}})
	step("made", true, err)
	o.DB.Control.MustExec(`INSERT INTO org_acme.small (name, code) VALUES ('a', '1')`)
	_, err = o.Forms.UpdateForm(t.Context(), o.Owner, nil, "small", form.FormUpdate{Title: &code})
	step("another title", true, err)
	_, err = o.Forms.UpdateForm(t.Context(), o.Owner, nil, "small", form.FormUpdate{Title: &name})
	step("the old title", false, err)
	_, err = conversion.Convert(t.Context(), o.Forms, o.Owner, nil, "small", code, conversion.Input{Kind: "INTEGER"})
	step("no text any more", true, err)
	_, err = conversion.Convert(t.Context(), o.Forms, o.Owner, nil, "small", code, conversion.Input{Kind: "LONG_TEXT"})
	step("text again", false, err)
	_, err = o.Forms.AddField(t.Context(), o.Owner, nil, "small", form.NewField{Key: "place", Kind: "ADDRESS"})
	step("an address", true, err)
	_, err = o.Forms.ArchiveField(t.Context(), o.Owner, nil, "small", "place")
	step("archived", false, err)
	_, _, err = o.Forms.PurgeField(t.Context(), o.Owner, nil, "small", "place")
	step("purged", false, err)
	_, err = o.Forms.MoveField(t.Context(), o.Owner, nil, "small", "size", "")
	step("moved", false, err)
	_, err = o.Forms.ArchiveForm(t.Context(), o.Owner, nil, "small", true)
	step("archived form", false, err)
}
