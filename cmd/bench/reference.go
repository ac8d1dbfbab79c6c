package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"expvar"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lib/pq"
)

// The reference: what a good engineer would write by hand for these queries and
// nothing else. It keeps its statements prepared, has what it prints printed by
// PostgreSQL, and appends JSON by hand. Each query is answered in the ways that
// can win:
//
//	levels  one statement for each level, members read once
//	json    one statement whose answer is the JSON
//	rows    one statement, rows written as JSON here (flat answers)

// handler answers the queries of one database.
type handler struct {
	db    *sql.DB
	stmts sync.Map // text -> *sql.Stmt
	bufs  sync.Pool
}

// reference serves on addr until it is stopped.
func reference(dsn, addr string) error {
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return err
	}
	// As many connections as Fieldwork's pool of records has.
	db.SetMaxOpenConns(24)
	db.SetMaxIdleConns(24)
	h := &handler{db: db, bufs: sync.Pool{New: func() any { b := make([]byte, 0, 256<<10); return &b }}}
	mux := http.NewServeMux()
	mux.Handle("/debug/vars", expvar.Handler())
	for path, answer := range map[string]func(context.Context, []byte, []any) ([]byte, error){
		"N1/json":    h.whole(n1JSON),
		"N1/levels":  h.levels(customer, "WHERE c.id = $1"),
		"N50/json":   h.whole(n50JSON),
		"N50/levels": h.levels(customers, n50Where),
		"L100/rows":  h.rows(l100Where),
		"L100/json":  h.whole(listOf(l100Where)),
		"F5/rows":    h.rows(f5Where),
		"F5/json":    h.whole(listOf(f5Where)),
		"F5/overdue": h.rows(f5Overdue),
		"AGG/json":   h.whole(aggJSON),
		"W1/json":    h.whole(w1JSON),
		"DIV/levels": h.division,
	} {
		mux.HandleFunc("GET /"+path, func(w http.ResponseWriter, r *http.Request) {
			var args []any
			for _, a := range r.URL.Query()["x"] {
				args = append(args, a)
			}
			p := h.bufs.Get().(*[]byte)
			defer h.bufs.Put(p)
			b, err := answer(r.Context(), (*p)[:0], args)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", strconv.Itoa(len(b)))
			_, _ = w.Write(b)
			*p = b
		})
	}
	for way, make := range map[string]func(context.Context, *handler, []byte, []byte) ([]byte, error){"rows": manyRows, "json": manyJSON} {
		mux.HandleFunc("POST /WB/"+way, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			var b []byte
			if err == nil {
				b, err = make(r.Context(), h, body, nil)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", strconv.Itoa(len(b)))
			_, _ = w.Write(b)
		})
	}
	s := &http.Server{Addr: addr, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	return s.ListenAndServe()
}

func (h *handler) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	st, ok := h.stmts.Load(text)
	if !ok {
		p, err := h.db.PrepareContext(ctx, text)
		if err != nil {
			return nil, err
		}
		if st, ok = h.stmts.LoadOrStore(text, p); ok {
			_ = p.Close()
		}
	}
	return st.(*sql.Stmt).QueryContext(ctx, args...)
}

// whole answers with the one value of one row.
func (h *handler) whole(text string) func(context.Context, []byte, []any) ([]byte, error) {
	return func(ctx context.Context, b []byte, args []any) ([]byte, error) {
		rows, err := h.query(ctx, text, args...)
		if err != nil {
			return nil, err
		}
		defer func() { _ = rows.Close() }()
		var v sql.RawBytes
		for rows.Next() {
			if err := rows.Scan(&v); err != nil {
				return nil, err
			}
			b = append(b, v...)
		}
		return b, rows.Err()
	}
}

// A column of an answer: how it is named there, what it is, and whether it is
// written as text.
type column struct {
	name, sql string
	text      bool
}

var (
	customerColumns = []column{{"name", "c.name", true}, {"industry", "c.industry", true}, {"tier", "c.tier", true}, {"status", "c.status", true},
		{"region", "c.region", true}, {"annualRevenue", "c.annual_revenue", true}, {"employees", "c.employees::text", false}, {"phone", "c.phone", true},
		{"email", "c.email", true}, {"street", "c.street", true}, {"signedOn", "c.signed_on::text", true}, {"expiresOn", "c.expires_on::text", true},
		{"health", "c.health::text", false}, {"remark", "c.remark", true}, {"createdAt", "c.created_at::text", true}}
	roleColumns     = []column{{"responsibility", "r.responsibility", true}, {"level", "r.level", true}, {"duties", "r.duties", true}}
	taskColumns     = []column{{"title", "r.title", true}, {"kind", "r.kind", true}, {"status", "r.status", true}, {"priority", "r.priority", true}, {"dueOn", "r.due_on::text", true}, {"progress", "r.progress::text", false}}
	feedbackColumns = []column{{"channel", "r.channel", true}, {"rating", "r.rating::text", false}, {"content", "r.content", true}, {"occurredAt", "r.occurred_at::text", true}}
)

func names(cols []column) string {
	var list []string
	for _, c := range cols {
		list = append(list, c.sql)
	}
	return strings.Join(list, ", ")
}

// named is columns for row_to_json.
func named(cols []column) string {
	var list []string
	for _, c := range cols {
		v := c.sql
		if !c.text {
			v = strings.TrimSuffix(v, "::text")
		}
		if c.name == "annualRevenue" {
			v += "::text" // exact
		}
		if c.name == "createdAt" || c.name == "occurredAt" {
			v = strings.TrimSuffix(v, "::text")
		}
		list = append(list, fmt.Sprintf("%s AS %q", v, c.name))
	}
	return strings.Join(list, ", ")
}

const (
	n50Where  = `WHERE c.tier = 'A' AND (c.annual_revenue, c.id) < ($1::numeric, $2::bigint) ORDER BY c.annual_revenue DESC, c.id DESC LIMIT 50`
	l100Where = `WHERE c.region = $1 AND c.annual_revenue > $2::numeric ORDER BY c.annual_revenue DESC, c.id DESC LIMIT 100`
	f5Where   = `WHERE EXISTS (SELECT FROM reference.task t WHERE t.customer = c.id AND t.assignee = $1::bigint AND t.status = 'OPEN' AND t.due_on < '2026-11-23')
		AND NOT EXISTS (SELECT FROM reference.feedback f WHERE f.customer = c.id AND f.rating < 3) ORDER BY c.name, c.id LIMIT 20`
	f5Overdue = `WHERE c.id IN (SELECT t.customer FROM reference.task t WHERE t.assignee = $1::bigint AND t.status = 'OPEN' AND t.due_on < '2026-11-23')
		AND NOT EXISTS (SELECT FROM reference.feedback f WHERE f.customer = c.id AND f.rating < 3) ORDER BY c.name, c.id LIMIT 20`
	aggJSON = `SELECT '{"data":{"customersAggregate":' || json_agg(json_build_object('group', json_build_object('industry', industry), 'count', n,
		'sum', json_build_object('annualRevenue', sum::text), 'avg', json_build_object('health', trim_scale(round(avg, 12))::text))
		ORDER BY array_position('{MANUFACTURING,FINANCE,RETAIL,ENERGY,HEALTHCARE,EDUCATION,LOGISTICS,TELECOM,CONSTRUCTION,GOVERNMENT,INTERNET,OTHER}', industry))::text || '}}'
		FROM (SELECT industry, count(*) AS n, sum(annual_revenue) AS sum, avg(health) AS avg FROM reference.customer GROUP BY industry) x`
	w1JSON = `WITH made AS (INSERT INTO reference.task (customer, title, status, priority, progress) VALUES ($1::bigint, $2, 'OPEN', 'NORMAL', 0) RETURNING id, customer)
		SELECT '{"data":{"createTask":{"task":' || json_build_object('id', 'task_' || made.id, 'customer', json_build_object('name', c.name))::text || '}}}'
		FROM made JOIN reference.customer c ON c.id = made.customer`
)

func listOf(where string) string {
	return `SELECT '{"data":{"customers":{"nodes":' || coalesce(json_agg(x)::text, '[]') || '}}}' FROM (SELECT ` + named(customerColumns) + ` FROM reference.customer c ` + where + `) x`
}

func nodes(sub string) string {
	return `(SELECT json_build_object('nodes', coalesce(json_agg(x), '[]')) FROM (` + sub + `) x)`
}

var nestedJSON = named(customerColumns) + `, ` +
	nodes(`SELECT `+named(roleColumns)+`, json_build_object('name', m.name, 'email', m.email) AS member FROM reference.role r JOIN reference.member m ON m.id = r.member
		WHERE r.customer = c.id ORDER BY r.id LIMIT 20`) + ` AS roles, ` +
	nodes(`SELECT `+named(taskColumns)+`, json_build_object('name', m.name) AS assignee FROM (SELECT * FROM reference.task r WHERE r.customer = c.id ORDER BY r.due_on, r.id LIMIT 10) r
		LEFT JOIN reference.member m ON m.id = r.assignee ORDER BY r.due_on, r.id`) + ` AS tasks, ` +
	nodes(`SELECT `+named(feedbackColumns)+`, json_build_object('name', m.name) AS member FROM (SELECT * FROM reference.feedback r WHERE r.customer = c.id ORDER BY r.occurred_at DESC, r.id DESC LIMIT 5) r
		LEFT JOIN reference.member m ON m.id = r.member ORDER BY r.occurred_at DESC, r.id DESC`) + ` AS feedback`

var (
	n1JSON  = `SELECT '{"data":{"customer":' || row_to_json(x)::text || '}}' FROM (SELECT ` + nestedJSON + ` FROM reference.customer c WHERE c.id = $1) x`
	n50JSON = `SELECT '{"data":{"customers":{"nodes":' || coalesce(json_agg(x)::text, '[]') || '}}}' FROM (SELECT ` + nestedJSON + ` FROM (SELECT * FROM reference.customer c ` + n50Where + `) c) x`
)

// rows answers with a flat list.
func (h *handler) rows(where string) func(context.Context, []byte, []any) ([]byte, error) {
	text := `SELECT ` + names(customerColumns) + ` FROM reference.customer c ` + where
	return func(ctx context.Context, b []byte, args []any) ([]byte, error) {
		rows, err := h.query(ctx, text, args...)
		if err != nil {
			return nil, err
		}
		b = append(b, `{"data":{"customers":{"nodes":[`...)
		n := 0
		err = scan(rows, customerColumns, 0, func(_ []int64, vals []sql.RawBytes) {
			b = append(object(comma(b, n), customerColumns, vals), '}')
			n++
		})
		return append(b, `]}}}`...), err
	}
}

func comma(b []byte, n int) []byte {
	if n > 0 {
		b = append(b, ',')
	}
	return b
}

// scan reads rows of some keys and the columns.
func scan(rows *sql.Rows, cols []column, keys int, row func([]int64, []sql.RawBytes)) error {
	defer func() { _ = rows.Close() }()
	ids, vals := make([]int64, keys), make([]sql.RawBytes, len(cols))
	dest := make([]any, 0, keys+len(cols))
	for i := range ids {
		dest = append(dest, &ids[i])
	}
	for i := range vals {
		dest = append(dest, &vals[i])
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		row(ids, vals)
	}
	return rows.Err()
}

// object appends a row as an object that is not closed.
func object(b []byte, cols []column, vals []sql.RawBytes) []byte {
	for i, c := range cols {
		b = append(b, "{,"[min(i, 1)])
		b = append(b, '"')
		b = append(b, c.name...)
		b = append(b, '"', ':')
		switch v := vals[i]; {
		case v == nil:
			b = append(b, "null"...)
		case c.text:
			b = quoted(b, v)
		default:
			b = append(b, v...)
		}
	}
	return b
}

// quoted appends text as a JSON string. The data set has nothing to escape but
// what stands here.
func quoted(b, v []byte) []byte {
	b = append(b, '"')
	for _, c := range v {
		if c == '"' || c == '\\' {
			b = append(b, '\\')
		}
		b = append(b, c)
	}
	return append(b, '"')
}

const (
	customer = iota
	customers
)

// level is a list below customers: how its rows are read for many customers at
// once, in their order, each with the place of its customer and its member.
type level struct {
	name, member string
	cols         []column
	sql          string
	email        bool
}

func perCustomer(cols []column, member, table, order string, limit int) string {
	return fmt.Sprintf(`SELECT p.pos, r.%[2]s, %[1]s FROM unnest($1::bigint[]) WITH ORDINALITY p (id, pos)
		CROSS JOIN LATERAL (SELECT * FROM reference.%[3]s r WHERE r.customer = p.id ORDER BY %[4]s LIMIT %[5]d) r`, names(cols), member, table, order, limit)
}

var below = []level{
	{"roles", "member", roleColumns, perCustomer(roleColumns, "member", "role", "r.id", 20), true},
	{"tasks", "assignee", taskColumns, perCustomer(taskColumns, "assignee", "task", "r.due_on, r.id", 10), false},
	{"feedback", "member", feedbackColumns, perCustomer(feedbackColumns, "member", "feedback", "r.occurred_at DESC, r.id DESC", 5), false},
}

// found is what one level holds: its rows as unclosed JSON objects one after the
// other, where each row ends, its member, and where each customer's rows begin.
type found struct {
	json    []byte
	ends    []int
	members []int64
	starts  []int
}

// levels answers with customers and the three lists below each.
func (h *handler) levels(root int, where string) func(context.Context, []byte, []any) ([]byte, error) {
	text := `SELECT c.id, ` + names(customerColumns) + ` FROM reference.customer c ` + where
	return func(ctx context.Context, b []byte, args []any) ([]byte, error) {
		rows, err := h.query(ctx, text, args...)
		if err != nil {
			return nil, err
		}
		var top found
		var ids []int64
		err = scan(rows, customerColumns, 1, func(keys []int64, vals []sql.RawBytes) {
			ids = append(ids, keys[0])
			top.json = object(top.json, customerColumns, vals)
			top.ends = append(top.ends, len(top.json))
		})
		if err != nil {
			return nil, err
		}
		var lists [3]found
		seen := map[int64]int{}
		var members []int64
		for i := range below {
			l, f := &below[i], &lists[i]
			rows, err := h.query(ctx, l.sql, array(ids))
			if err != nil {
				return nil, err
			}
			f.starts = make([]int, len(ids)+1)
			f.json = make([]byte, 0, 32<<10)
			pos := 0
			err = scan(rows, l.cols, 2, func(keys []int64, vals []sql.RawBytes) {
				for ; pos < int(keys[0]); pos++ {
					f.starts[pos] = len(f.ends)
				}
				f.json = object(f.json, l.cols, vals)
				f.ends = append(f.ends, len(f.json))
				f.members = append(f.members, keys[1])
				if _, ok := seen[keys[1]]; !ok {
					seen[keys[1]] = -1
					members = append(members, keys[1])
				}
			})
			if err != nil {
				return nil, err
			}
			for ; pos <= len(ids); pos++ {
				f.starts[pos] = len(f.ends)
			}
		}
		if rows, err = h.query(ctx, `SELECT id, name, email FROM reference.member WHERE id = ANY($1::bigint[])`, array(members)); err != nil {
			return nil, err
		}
		var people [][2][]byte // without and with the address
		memberColumns := []column{{"name", "", true}, {"email", "", true}}
		err = scan(rows, memberColumns, 1, func(keys []int64, vals []sql.RawBytes) {
			seen[keys[0]] = len(people)
			people = append(people, [2][]byte{append(object(nil, memberColumns[:1], vals), '}'), append(object(nil, memberColumns, vals), '}')})
		})
		if err != nil {
			return nil, err
		}
		if root == customers {
			b = append(b, `{"data":{"customers":{"nodes":[`...)
		} else {
			b = append(b, `{"data":{"customer":`...)
		}
		from := 0
		for i := range ids {
			b = append(comma(b, i), top.json[from:top.ends[i]]...)
			from = top.ends[i]
			for k := range below {
				l, f := &below[k], &lists[k]
				b = append(append(append(b, `,"`...), l.name...), `":{"nodes":[`...)
				for r := f.starts[i]; r < f.starts[i+1]; r++ {
					at := 0
					if r > 0 {
						at = f.ends[r-1]
					}
					b = append(comma(b, r-f.starts[i]), f.json[at:f.ends[r]]...)
					b = append(append(append(b, `,"`...), l.member...), `":`...)
					if who := seen[f.members[r]]; l.email {
						b = append(b, people[who][1]...)
					} else {
						b = append(b, people[who][0]...)
					}
					b = append(b, '}')
				}
				b = append(b, `]}`...)
			}
			b = append(b, '}')
		}
		if root == customers {
			return append(b, `]}}}`...), nil
		}
		return append(b, `}}`...), nil
	}
}

func array(ids []int64) string {
	b := append(make([]byte, 0, 8*len(ids)+2), '{')
	for i, id := range ids {
		b = strconv.AppendInt(comma(b, i), id, 10)
	}
	return string(append(b, '}'))
}

// fresh is a customer to be made.
type fresh struct {
	Name, ShortName, Industry, Tier, Status, Region, AnnualRevenue, Phone, Email, Street, SignedOn, ExpiresOn, Remark string
	Employees, Health                                                                                                 int64
}

const freshColumns = `name, short_name, industry, tier, status, region, annual_revenue, phone, email, street, signed_on, expires_on, remark, employees, health, created_at`

// manyRows makes customers by one statement of arrays.
func manyRows(ctx context.Context, h *handler, body, b []byte) ([]byte, error) {
	var in struct{ Variables struct{ Rows []fresh } }
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	var cols [15][]string
	for _, r := range in.Variables.Rows {
		for i, v := range []string{r.Name, r.ShortName, r.Industry, r.Tier, r.Status, r.Region, r.AnnualRevenue, r.Phone, r.Email, r.Street, r.SignedOn, r.ExpiresOn, r.Remark,
			strconv.FormatInt(r.Employees, 10), strconv.FormatInt(r.Health, 10)} {
			cols[i] = append(cols[i], v)
		}
	}
	args := make([]any, len(cols))
	for i, c := range cols {
		args[i] = pq.Array(c)
	}
	rows, err := h.query(ctx, `INSERT INTO reference.customer (`+freshColumns+`) SELECT c.*, now() FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::numeric[],
		$8::text[], $9::text[], $10::text[], $11::date[], $12::date[], $13::text[], $14::bigint[], $15::bigint[]) c RETURNING id`, args...)
	return made(rows, err, b)
}

// manyJSON makes customers by one statement that reads the JSON as it came.
func manyJSON(ctx context.Context, h *handler, body, b []byte) ([]byte, error) {
	var in struct {
		Variables struct{ Rows json.RawMessage }
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	rows, err := h.query(ctx, `INSERT INTO reference.customer (`+freshColumns+`) SELECT c.*, now() FROM json_to_recordset($1::json) c (name text, "shortName" text, industry text, tier text, status text, region text,
		"annualRevenue" numeric, phone text, email text, street text, "signedOn" date, "expiresOn" date, remark text, employees bigint, health bigint) RETURNING id`, string(in.Variables.Rows))
	return made(rows, err, b)
}

// made answers with the numbers of customers.
func made(rows *sql.Rows, err error, b []byte) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	b = append(b, `{"data":{"createCustomers":{"records":[`...)
	n := 0
	for ; rows.Next(); n++ {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		b = append(strconv.AppendInt(append(comma(b, n), `{"id":"customer_`...), id, 10), `"}`...)
	}
	return fmt.Appendf(b, `],"count":%d,"errors":[]}}}`, n), rows.Err()
}
