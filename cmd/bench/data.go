package main

import (
	"bytes"
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// What is loaded: 200 members and the customers with 15 fields, of which the
// eight below are added through the interface after the forms were made; the
// rows then come by SQL, the same for the organisation's tables and for those of
// the reference. Every value is a hash of its row's number, so that every run
// has the same; the rows of a customer lie scattered over the table.

//go:embed data.sql
var dataSQL string

// referenceSQL copies what the queries need into tables as one would make them
// by hand for these queries, with the indexes that serve each best.
//
//go:embed reference.sql
var referenceSQL string

const orgKey = "bench"

// indexes are what a team would give its lists, through the interface.
var indexes = []string{
	`form: "customer", key: "tier_by_revenue", fields: ["tier", "annual_revenue"]`,
	`form: "customer", key: "region_by_revenue", fields: ["region", "annual_revenue"]`,
	`form: "customer", key: "revenue_by_industry", fields: ["industry", "annual_revenue", "health"]`,
	`form: "task", key: "of_customer_by_due", fields: ["customer", "due_on"]`,
	`form: "task", key: "of_assignee_by_due", fields: ["assignee", "status", "due_on", "customer"]`,
	`form: "feedback", key: "of_customer_by_time", fields: ["customer", "occurred_at"]`,
}

// ownFields are added to the standard form customer.
var ownFields = []string{
	`key: "employees", kind: INTEGER, settings: {min: "0"}`,
	`key: "phone", kind: TEXT`,
	`key: "email", kind: EMAIL`,
	`key: "street", kind: TEXT`,
	`key: "signed_on", kind: DATE`,
	`key: "expires_on", kind: DATE`,
	`key: "health", kind: INTEGER, settings: {min: "0", max: "100"}`,
	`key: "remark", kind: LONG_TEXT`,
}

// world is everything that runs during a benchmark.
type world struct {
	dsn, folder          string
	db                   *sql.DB
	postgres             string // version
	postmaster           int    // process
	customers            int
	token                string
	fieldwork, reference *process
}

func (w *world) close() {
	for _, p := range []*process{w.fieldwork, w.reference} {
		if p != nil {
			p.stop()
		}
	}
	_ = w.db.Close()
}

// load makes the organisation and its records, unless they are there, and starts
// both servers.
func load(ctx context.Context, o options, folder, dsn string) (_ *world, err error) {
	w := &world{dsn: dsn, folder: folder, customers: o.customers}
	if w.db, err = sql.Open("postgres", dsn); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.fieldwork, err = w.serve(ctx, o); err != nil {
		return nil, err
	}
	if err := w.db.QueryRowContext(ctx, `SELECT current_setting('server_version'), (regexp_match(pg_read_file('postmaster.pid'), '^\d+'))[1]::int`).Scan(&w.postgres, &w.postmaster); err != nil {
		return nil, err
	}
	have := 0
	_ = w.db.QueryRowContext(ctx, `SELECT count(*) FROM reference.customer WHERE id < 1000000000`).Scan(&have) // none before the first load
	if have != o.customers {
		if have > 0 {
			return nil, fmt.Errorf("the folder holds %d customers: ask for as many, or use another folder", have)
		}
		if _, err := w.command(ctx, o, "org", "create", "--key", orgKey, "--owner", "owner@bench.example"); err != nil {
			return nil, err
		}
	}
	if w.token, err = w.command(ctx, o, "token", "create", "--org", orgKey, "--member", "owner@bench.example"); err != nil {
		return nil, err
	}
	if have == 0 {
		if err := w.fill(ctx); err != nil {
			return nil, err
		}
		if err := w.widen(ctx); err != nil {
			return nil, err
		}
	} else if err := w.forget(ctx); err != nil {
		return nil, err
	}
	addr, err := freeAddr(ctx)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	w.reference, err = start(ctx, addr, addr, filepath.Join(folder, "reference.log"), self, "reference", dsn, addr)
	return w, err
}

// serve starts a server.
func (w *world) serve(ctx context.Context, o options) (*process, error) {
	addr, err := freeAddr(ctx)
	if err != nil {
		return nil, err
	}
	debug, err := freeAddr(ctx)
	if err != nil {
		return nil, err
	}
	return start(ctx, addr, debug, filepath.Join(w.folder, "fieldwork.log"), o.bin, "serve", "--db", w.dsn, "--addr", addr, "--debug", debug)
}

// command runs the program and returns what it answers.
func (w *world) command(ctx context.Context, o options, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, o.bin, append(args, "--db", w.dsn)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", o.bin, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

// fill adds the fields and loads the rows.
func (w *world) fill(ctx context.Context) error {
	for _, f := range ownFields {
		if _, err := w.graphql(ctx, fmt.Sprintf(`mutation { addField(input: {form: "customer", %s}) { field { key } } }`, f), nil); err != nil {
			return err
		}
	}
	for _, x := range indexes {
		if _, err := w.graphql(ctx, fmt.Sprintf(`mutation { addRule(input: {%s, kind: INDEX}) { rule { key } } }`, x), nil); err != nil {
			return err
		}
	}
	c, err := w.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	for _, set := range []string{fmt.Sprintf("SET bench.customers = %d", w.customers), dataSQL, referenceSQL} {
		for part := range strings.SplitSeq(set, ";\n") {
			if _, err := c.ExecContext(ctx, part); err != nil {
				return fmt.Errorf("%s: %w", strings.TrimSpace(part), err)
			}
		}
	}
	return nil
}

// forget takes out what earlier runs have written: the answers of both servers
// are compared again.
func (w *world) forget(ctx context.Context) error {
	for _, table := range []string{"task", "customer"} {
		for _, text := range []string{
			fmt.Sprintf(`DELETE FROM org_%s.%s x WHERE NOT EXISTS (SELECT FROM reference.%[2]s r WHERE r.id = x.id)`, orgKey, table),
			fmt.Sprintf(`DELETE FROM reference.%s WHERE id >= 1000000000`, table),
			fmt.Sprintf(`VACUUM ANALYZE org_%s.%s`, orgKey, table),
			fmt.Sprintf(`VACUUM ANALYZE reference.%s`, table),
		} {
			if _, err := w.db.ExecContext(ctx, text); err != nil {
				return fmt.Errorf("%s: %w", text, err)
			}
		}
	}
	return nil
}

// graphql asks Fieldwork and decodes its data.
func (w *world) graphql(ctx context.Context, query string, variables any) (json.RawMessage, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+w.fieldwork.addr+"/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if len(answer.Errors) > 0 {
		return nil, fmt.Errorf("%s: %s", query, answer.Errors[0].Message)
	}
	return answer.Data, nil
}
