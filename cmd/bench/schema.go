package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"fieldwork/internal/pg"

	"github.com/99designs/gqlgen/graphql/introspection"
)

// largeForms and largeFields are those of the organisation whose schema is measured.
const (
	largeForms  = 100
	largeFields = 30
)

// schemaSize is what the schema of a large organisation costs.
type schemaSize struct {
	SDL             int     `json:"sdlBytes"`
	Slice           int     `json:"sliceBytes"` // of two forms
	Introspection   int     `json:"introspectionBytes"`
	SDLMs           float64 `json:"sdlMs"` // median, as the others
	SliceMs         float64 `json:"sliceMs"`
	IntrospectionMs float64 `json:"introspectionMs"`
	FirstMs         float64 `json:"firstMs"` // the first request after a change of the definitions
}

// measureSchema makes an organisation with many forms, each of which refers to the one
// before, and asks for its schema in all ways.
func (w *world) measureSchema(ctx context.Context) (r schemaSize, err error) {
	db, err := pg.Open(ctx, w.dsn)
	if err != nil {
		return r, err
	}
	defer func() { _ = db.Close() }()
	own := w.token
	defer func() { w.token = own }()
	if w.token, _, err = organisation(ctx, db, "large"); err != nil {
		return r, err
	}
	if err := w.enlarge(ctx); err != nil {
		return r, err
	}
	var first []float64
	for i := range 5 {
		if _, err := w.graphql(ctx, fmt.Sprintf(`mutation { updateForm(input: {form: "customer", icon: "icon%d"}) { form { key } } }`, i), nil); err != nil {
			return r, err
		}
		_, took, err := w.timed(func() (int, error) {
			data, err := w.graphql(ctx, `{ customers(first: 1) { nodes { name } } }`, nil)
			return len(data), err
		})
		if err != nil {
			return r, err
		}
		first = append(first, took)
	}
	r.FirstMs = median(first)
	for _, m := range []struct {
		size *int
		ms   *float64
		get  func() (int, error)
	}{
		{&r.SDL, &r.SDLMs, func() (int, error) { return w.get(ctx, "/schema.graphql") }},
		{&r.Slice, &r.SliceMs, func() (int, error) { return w.get(ctx, "/schema.graphql?forms=customer,task") }},
		{&r.Introspection, &r.IntrospectionMs, func() (int, error) {
			data, err := w.graphql(ctx, introspection.Query, nil)
			return len(data), err
		}},
	} {
		var list []float64
		for range 7 {
			size, took, err := w.timed(m.get)
			if err != nil {
				return r, err
			}
			*m.size, list = size, append(list, took)
		}
		*m.ms = median(list)
	}
	return r, nil
}

// enlarge adds forms until there are largeForms.
func (w *world) enlarge(ctx context.Context) error {
	kinds := []string{"TEXT", "DECIMAL", "DATE", "INTEGER", "CHOICE", "BOOLEAN", "MONEY", "DATETIME", "LONG_TEXT", "PROGRESS"}
	data, err := w.graphql(ctx, `{ forms { key } }`, nil)
	if err != nil {
		return err
	}
	before := "customer"
	for i := strings.Count(string(data), `"key"`); i < largeForms; i++ {
		fields := []string{`{key: "owned_by", kind: MEMBER}`, fmt.Sprintf(`{key: "belongs_to", kind: REFERENCE, settings: {to: %q, inverse: "number_%d"}}`, before, i)}
		for j := range largeFields - len(fields) {
			kind, settings := kinds[j%len(kinds)], ""
			if kind == "CHOICE" {
				settings = `, settings: {options: [{key: "one"}, {key: "two"}, {key: "three"}]}`
			}
			fields = append(fields, fmt.Sprintf(`{key: "field_of_number_%d", kind: %s%s}`, j, kind, settings))
		}
		before = fmt.Sprintf("form_of_number_%d", i)
		if _, err := w.graphql(ctx, fmt.Sprintf(`mutation { createForm(input: {key: %q, fields: [%s]}) { form { key } } }`, before, strings.Join(fields, " ")), nil); err != nil {
			return err
		}
	}
	return nil
}

// timed runs what gets something of a size, and says how many milliseconds it took.
func (w *world) timed(get func() (int, error)) (size int, took float64, err error) {
	from := time.Now()
	size, err = get()
	return size, ms(time.Since(from)), err
}

// get is how long the answer to a GET is.
func (w *world) get(ctx context.Context, path string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.fieldwork.addr+path, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	n, err := io.Copy(io.Discard, res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s", path, res.Status)
	}
	return int(n), err
}

func (r schemaSize) line(w io.Writer) {
	fmt.Fprintf(w, "schema of %d forms with %d fields: SDL %d kB in %.0f ms; two forms of it %d kB in %.0f ms; introspection %d kB in %.0f ms; first request after a change %.0f ms\n",
		largeForms, largeFields, r.SDL>>10, r.SDLMs, r.Slice>>10, r.SliceMs, r.Introspection>>10, r.IntrospectionMs, r.FirstMs)
}
