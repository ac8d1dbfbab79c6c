// Package formtest is what tests of packages of form share: large forms, runners of
// jobs, and what forms and records look like in one string.
package formtest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/check"
	"fieldwork/internal/form/job"
	"fieldwork/internal/orgtest"
)

// Refused checks the kind and path of every fault in err, in any order, each as
// "INVALID input key".
func Refused(t testing.TB, err error, want ...string) {
	t.Helper()
	var (
		l   fault.List
		got []string
	)
	if other := l.Add(err); other != nil {
		t.Fatalf("err = %v, want %v", other, want)
	}
	for _, f := range l {
		got = append(got, strings.TrimSpace(fmt.Sprintln(append([]any{f.Kind}, f.Path...)...)))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("faults %q, want %q: %v", got, want, err)
	}
}

// Clean fails the test if definitions and tables differ.
func Clean(t testing.TB, o *orgtest.Org) {
	t.Helper()
	problems, err := check.Run(t.Context(), o.DB, o.Org.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

// Must is the catalog that a change led to.
func Must(t testing.TB, cat *form.Catalog, err error) *form.Catalog {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// Options are options without labels.
func Options(keys ...string) []form.NewOption {
	out := make([]form.NewOption, len(keys))
	for i, k := range keys {
		out[i] = form.NewOption{Key: k}
	}
	return out
}

// Values reads a field of all records in their order, as the text of its column
// or of the array of its links; "-" for none.
func Values(t testing.TB, o *orgtest.Org, x *form.Field) string {
	t.Helper()
	col := x.Column() + "::text"
	if x.HasLinkTable() {
		col = fmt.Sprintf("(SELECT array_agg(target ORDER BY position)::text FROM %s l WHERE l.record = r.id)", x.LinkTable())
	}
	var out []string
	if err := o.DB.Control.SelectContext(t.Context(), &out, fmt.Sprintf(`SELECT coalesce(%s, '-') FROM %s r ORDER BY id`, col, x.Form.Table())); err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

// Runner works on jobs until stop is called, which waits for it.
func Runner(t testing.TB, o *orgtest.Org) (wake func(), stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	r := job.NewRunner(o.Forms, slog.New(slog.NewTextHandler(t.Output(), nil)))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(stop)
	return r.Wake, stop
}

// Large makes a form big with n records of texts 0, 1, 2, ..., and a store for
// which that is many.
func Large(t testing.TB, n int, fields ...form.NewField) *orgtest.Org {
	t.Helper()
	o := orgtest.New(t)
	o.Forms.AtOnce = 100
	if _, err := o.Forms.CreateForms(t.Context(), o.Owner, nil, form.NewForm{Key: "big", Fields: append([]form.NewField{{Key: "name", Kind: "TEXT"}, {Key: "n", Kind: "TEXT", Required: true}}, fields...)}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.DB.Control.Exec(`INSERT INTO org_acme.big (name, n) SELECT 'r' || i, i::text FROM generate_series(1, $1) i`, n); err != nil {
		t.Fatal(err)
	}
	if _, err := o.DB.Control.Exec(`ANALYZE org_acme.big`); err != nil {
		t.Fatal(err)
	}
	return o
}

// AwaitJob waits until the newest job has ended, and holds it to its word: its
// progress never falls.
func AwaitJob(t testing.TB, o *orgtest.Org, d time.Duration) *form.Job {
	t.Helper()
	last := -1
	for until := time.Now().Add(d); ; {
		jobs, err := o.Forms.Jobs(t.Context(), o.Owner, "")
		if err != nil {
			t.Fatal(err)
		}
		if len(jobs) == 0 {
			t.Fatal("there is no job")
		}
		j := jobs[0]
		if p := j.Progress(); p < last && j.State != form.JobFailed && j.State != form.JobCancelled {
			t.Errorf("progress fell from %d to %d", last, p)
		} else {
			last = p
		}
		if j.EndedAt != nil {
			return j
		}
		if time.Now().After(until) {
			t.Fatalf("job has not ended: %+v", j)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// Picture is what people see of a form's definition, for comparing.
func Picture(t testing.TB, o *orgtest.Org, key string) string {
	t.Helper()
	f := o.Catalog(t).Form(key)
	type option struct {
		Key, Colour string
		Labels      form.Label
		Archived    bool
	}
	type field struct {
		Key, Kind, Section, Default string
		Labels, Help                form.Label
		Required, Unique, Indexed   bool
		Settings                    any
		Options                     []option
		Archived                    bool
	}
	var fields []field
	for _, x := range f.Fields {
		y := field{x.Key, x.KindName(), x.Section, string(x.Default), x.Labels, x.Help, x.Required, x.Unique, x.Indexed, x.Settings, nil, x.ArchivedAt != nil}
		for _, p := range x.Options {
			y.Options = append(y.Options, option{p.Key, p.Colour, p.Labels, p.ArchivedAt != nil})
		}
		fields = append(fields, y)
	}
	b, err := json.Marshal(map[string]any{"labels": f.Labels, "icon": f.Icon, "title": f.TitleKey, "archived": f.ArchivedAt != nil, "fields": fields, "rules": len(f.Rules)})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Rebuild makes the table of a form anew.
func Rebuild(ctx context.Context, o *orgtest.Org, key string) error {
	_, err := o.Forms.Change(ctx, o.Owner, nil, func(ctx context.Context, e *change.Edit) error { return e.Rebuild(ctx, e.Cat.Form(key)) })
	return err
}
