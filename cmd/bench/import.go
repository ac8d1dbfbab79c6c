package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// The import: customers of 20 fields through the API, in requests of 10,000 one
// after the other, against one COPY of the same rows, as text made beforehand, into
// a table with the same columns, defaults, checks and indexes.
const (
	importName   = "IMPORT"
	importRows   = 100_000
	importAtOnce = 10_000
)

const importQuery = `mutation IMPORT($rows: [CreateCustomerInput!]!) { createCustomers(input: {rows: $rows}) { count errors { message } } }`

// importColumns are the columns of COPY by the names of the interface.
var importColumns = [][2]string{{"name", "name"}, {"shortName", "short_name"}, {"industry", "industry"}, {"tier", "tier"}, {"status", "status"}, {"region", "region"},
	{"annualRevenue", "annual_revenue"}, {"employees", "employees"}, {"phone", "phone"}, {"email", "email"}, {"street", "street"}, {"signedOn", "signed_on"},
	{"expiresOn", "expires_on"}, {"health", "health"}, {"remark", "remark"}, {"taxNumber", "tax_number"}, {"annualSpend", "annual_spend"},
	{"contractStart", "contract_start"}, {"contractEnd", "contract_end"}, {"owner", "owner"}}

// measureImport does both in turn; its figures count rows, not requests.
func (w *world) measureImport(ctx context.Context, o options) (result, error) {
	r := result{Query: importName, Clients: 1, Way: "copy"}
	rnd := rand.New(rand.NewPCG(5, 6))
	var requests [][]byte
	var rows [][]any
	for from := 0; from < importRows; from += importAtOnce {
		list := make([]any, importAtOnce)
		for i := range list {
			m := newCustomer(rnd, from+i, true)
			list[i] = m
			row := make([]any, len(importColumns))
			for k, c := range importColumns {
				row[k] = strings.TrimPrefix(fmt.Sprint(m[c[0]]), "member_")
			}
			rows = append(rows, row)
		}
		body, err := json.Marshal(map[string]any{"query": importQuery, "variables": map[string]any{"rows": list}})
		if err != nil {
			return r, err
		}
		r.Bytes = len(body)
		requests = append(requests, fmt.Appendf(nil, "POST /graphql HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			w.fieldwork.addr, w.token, len(body), body))
	}
	var ours, theirs []figures
	for range o.rounds {
		f, err := w.importOnce(ctx, requests)
		if err != nil {
			return r, err
		}
		g, err := w.copyOnce(ctx, rows)
		if err != nil {
			return r, err
		}
		ours, theirs = append(ours, f), append(theirs, g)
	}
	r.Fieldwork, r.Reference = medians(ours), medians(theirs)
	r.Ratio = r.Fieldwork.PerSecond / r.Reference.PerSecond
	return r, nil
}

func (w *world) importOnce(ctx context.Context, requests [][]byte) (f figures, err error) {
	c, err := dial(ctx, w.fieldwork.addr)
	if err != nil {
		return f, err
	}
	defer func() { _ = c.Close() }()
	before, err := w.fieldwork.used(ctx)
	if err != nil {
		return f, err
	}
	dbBefore, _ := cpuOf(w.postmaster, true)
	var took time.Duration
	var buf, room []byte
	for _, request := range requests {
		room = stamp(room, request)
		from := time.Now()
		if buf, err = c.ask(room, buf); err != nil {
			return f, err
		}
		took += time.Since(from)
		if !strings.Contains(string(buf), fmt.Sprintf(`"count":%d`, importAtOnce)) {
			return f, fmt.Errorf("answered %.300s", buf)
		}
	}
	dbAfter, _ := cpuOf(w.postmaster, true)
	after, err := w.fieldwork.used(ctx)
	if err != nil {
		return f, err
	}
	return figures{PerSecond: importRows / took.Seconds(), P50: took.Seconds() * 1e3 / float64(len(requests)),
		ServerCPU: (after.cpu - before.cpu).Seconds() * 1e3 / importRows, DatabaseMs: (dbAfter - dbBefore).Seconds() * 1e3 / importRows,
		Allocs: float64(after.allocs-before.allocs) / importRows, AllocBytes: float64(after.allocBytes-before.allocBytes) / importRows, Memory: float64(after.memory) / (1 << 20)}, nil
}

func (w *world) copyOnce(ctx context.Context, rows [][]any) (f figures, err error) {
	for _, s := range []string{`DROP TABLE IF EXISTS reference.imported`, `CREATE TABLE reference.imported (LIKE org_bench.customer INCLUDING ALL)`,
		`ALTER TABLE reference.imported ADD FOREIGN KEY (owner) REFERENCES org_bench.member`} {
		if _, err := w.db.ExecContext(ctx, s); err != nil {
			return f, err
		}
	}
	names := make([]string, len(importColumns))
	for i, c := range importColumns {
		names[i] = c[1]
	}
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return f, err
	}
	defer func() { _ = tx.Rollback() }()
	dbBefore, _ := cpuOf(w.postmaster, true)
	from := time.Now()
	st, err := tx.PrepareContext(ctx, `COPY reference.imported (`+strings.Join(names, ", ")+`) FROM STDIN`)
	if err != nil {
		return f, err
	}
	for _, row := range rows {
		if _, err := st.ExecContext(ctx, row...); err != nil {
			return f, err
		}
	}
	if _, err := st.ExecContext(ctx); err != nil {
		return f, err
	}
	if err := st.Close(); err != nil {
		return f, err
	}
	if err := tx.Commit(); err != nil {
		return f, err
	}
	took := time.Since(from)
	dbAfter, _ := cpuOf(w.postmaster, true)
	return figures{PerSecond: importRows / took.Seconds(), P50: took.Seconds() * 1e3, DatabaseMs: (dbAfter - dbBefore).Seconds() * 1e3 / importRows}, nil
}
