package fault_test

import (
	"fmt"
	"testing"
	"time"

	"fieldwork/internal/form"
	"fieldwork/internal/form/check"
	"fieldwork/internal/orgtest"
)

// FLT-11: the server is killed again and again while an index is built on
// 200,000 records and while they are converted, and others write.
func TestFLT11BackgroundChangeInterrupted(t *testing.T) {
	t.Parallel()
	rnd := seeded(t)
	o := orgtest.New(t)
	token := o.Token(t, o.Owner.MemberID)
	if _, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: "big", Fields: []form.NewField{{Key: "name", Kind: "TEXT"}, {Key: "n", Kind: "TEXT"}}}); err != nil {
		t.Fatal(err)
	}
	o.DB.Control.MustExec(`INSERT INTO org_acme.big (name, n) SELECT 'r' || i, i::text FROM generate_series(1, 200000) i`)
	p := serve(t, "--db", o.DB.DSN())
	written := 0
	for _, change := range []string{
		`mutation { updateField(input: {form: "big", key: "n", unique: true, indexed: true}) { change { id state } } }`,
		`mutation { convertField(input: {form: "big", key: "n", kind: INTEGER}) { change { id state } } }`,
		`mutation { convertField(input: {form: "big", key: "n", kind: TEXT}) { change { id state } } }`,
	} {
		began := time.Now()
		a := newClient(t, p.url, token).must(t, change, nil)
		id, last, kills := "", -1, 0
		for _, v := range a {
			c := v.(map[string]any)["change"].(map[string]any)
			if c["state"] != "WAITING" {
				t.Fatalf("%s: %v", change, c)
			}
			id = c["id"].(string)
		}
		state := ""
		for until := time.Now().Add(3 * time.Minute); state != "DONE"; {
			if time.Now().After(until) {
				t.Fatalf("%s is never done: %s", change, state)
			}
			if kills < 6 {
				<-time.After(time.Duration(rnd.IntN(900)) * time.Millisecond) // the random moment
				p.kill()
				kills++
				p = serve(t, "--db", o.DB.DSN())
			}
			c := newClient(t, p.url, token)
			job := c.must(t, fmt.Sprintf(`{ definitionJob(id: %q) { state progress error } }`, id), nil)["definitionJob"].(map[string]any)
			state = job["state"].(string)
			if progress := int(job["progress"].(float64)); progress < last {
				t.Errorf("progress fell from %d to %d", last, progress)
			} else {
				last = progress
			}
			if state == "FAILED" || state == "CANCELLED" {
				t.Fatalf("%s: %v", change, job)
			}
			written++
			n := fmt.Sprint(1_000_000 + written)
			for _, value := range []string{`"` + n + `"`, n} { // as the field is now
				a, err := c.ask(t.Context(), fmt.Sprintf(`mutation { createBig(input: {name: "w%s", n: %s}) { big { id } } }`, n, value), nil)
				if err != nil || a.code != "" && a.code != "GRAPHQL_VALIDATION_FAILED" {
					t.Errorf("a write meanwhile: %v %s", err, a.raw)
				}
				if a.code == "" {
					break
				}
			}
		}
		t.Logf("%s: done after %v and %d kills", change, time.Since(began).Round(10*time.Millisecond), kills)
		// The change may lead to more of them: a field that must be unique also tells
		// of duplicates, and gets an index for that.
		eventually(t, time.Minute, "no change is left", func() bool {
			open := 1
			return o.DB.Control.Get(&open, `SELECT count(*) FROM fieldwork.job WHERE ended_at IS NULL`) == nil && open == 0
		})
		var invalid int
		if err := o.DB.Control.Get(&invalid, `SELECT count(*) FROM pg_index WHERE NOT indisvalid`); err != nil || invalid > 0 {
			t.Errorf("%d invalid indexes, %v", invalid, err)
		}
		if problems, err := check.Run(t.Context(), o.DB, o.Org.ID); err != nil || len(problems) > 0 {
			t.Errorf("check: %v %v", problems, err)
		}
		var wrong int
		if err := o.DB.Control.Get(&wrong, `SELECT count(*) FROM org_acme.big WHERE n IS NULL OR id <= 200000 AND n::text <> id::text`); err != nil || wrong > 0 {
			t.Errorf("%d records are wrong, %v", wrong, err)
		}
	}
	x := o.Catalog(t).Form("big").Field("n")
	if !x.Unique || !x.Indexed || x.Kind.Name() != "TEXT" {
		t.Errorf("the field is %+v", x)
	}
}
