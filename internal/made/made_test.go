package made_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"fieldwork/internal/fault"
	"fieldwork/internal/made"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/pg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestFilesAreTheirMembersAlone(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	other := orgtest.Add(t, o.DB, "beta")
	files, ctx := made.NewStore(o.DB), t.Context()
	content := []byte("\x89PNG\x00\xff")
	f, err := files.Keep(ctx, o.Owner, "大客户.png", "image/png", content)
	if err != nil {
		t.Fatal(err)
	}
	id := strings.TrimPrefix(f.URL, made.Path)
	if got, b, err := files.Open(ctx, o.Owner, id); err != nil || got != f || !bytes.Equal(b, content) {
		t.Errorf("%+v %q, want %+v (%v)", got, b, f, err)
	}
	colleague := o.Owner
	colleague.MemberID = 2
	if _, _, err := files.Open(ctx, colleague, id); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a colleague gets %v", err)
	}
	if _, _, err := files.Open(ctx, other.Owner, id); fault.KindOf(err) != fault.NotFound {
		t.Errorf("another organisation gets %v", err)
	}
	if _, _, err := files.Open(ctx, o.Owner, "x' OR true --"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("nonsense gets %v", err)
	}
	if _, err := files.Keep(ctx, o.Owner, "x", "x/y", make([]byte, made.MaxSize+1)); fault.KindOf(err) != fault.TooCostly {
		t.Errorf("too much is %v", err)
	}
}

func TestFilesExpire(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	files, ctx := made.NewStore(o.DB), t.Context()
	f, err := files.Keep(ctx, o.Owner, "a.pdf", "application/pdf", []byte("%PDF"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.DB.Control.Exec(`UPDATE fieldwork.made SET expires_at = now() - interval '1 second'`); err != nil {
		t.Fatal(err)
	}
	if _, _, err := files.Open(ctx, o.Owner, strings.TrimPrefix(f.URL, made.Path)); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a file that is over: %v", err)
	}
	if err := files.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := o.DB.Control.Get(&n, `SELECT count(*) FROM fieldwork.made`); err != nil || n != 0 {
		t.Errorf("%d are left after a sweep (%v)", n, err)
	}
}

func TestTheOldestGo(t *testing.T) {
	t.Parallel()
	o := orgtest.New(t)
	files, ctx := made.NewStore(o.DB), t.Context()
	var urls []string
	for i := range 25 {
		f, err := files.Keep(ctx, o.Owner, fmt.Sprint(i), "text/csv", []byte{byte(i)})
		if err != nil {
			t.Fatal(err)
		}
		urls = append(urls, f.URL)
	}
	for i, url := range urls {
		_, _, err := files.Open(ctx, o.Owner, strings.TrimPrefix(url, made.Path))
		if gone := fault.KindOf(err) == fault.NotFound; gone != (i < 5) {
			t.Errorf("file %d: %v", i, err)
		}
	}
}
