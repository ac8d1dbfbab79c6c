// Package usage counts which operations of which clients use which fields, so
// that whoever changes a field can be told what would break.
//
// Counting costs a look into a map: the fields of an operation are found once
// for each document and handed over as they are. Counts are kept in memory and
// written to fieldwork.operation_use at most once a minute and at the end; those
// of the last minute of a server that is killed are lost, and nobody minds.
//
//	c.Count(usage.Use{Org: 7, Client: "grid", Operation: "List", Fields: fields}, nil)
//
// It knows keys of forms and fields and nothing else of them.
package usage

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"fieldwork/internal/pg"
)

// Limits of what is kept: clients say any name.
const (
	every    = time.Minute
	pending  = 5_000  // uses that wait to be written
	rowsOf   = 20_000 // rows of one organisation; beyond, only those that are there are counted on
	longest  = 100    // characters of a name
	forgetIn = 180    // days after the last use
)

const (
	saveUses = `
		WITH u AS (
		    SELECT o.id AS org_id, u.form, u.field,
		           left(coalesce(nullif(u.client, ''), (SELECT t.name FROM fieldwork.token t WHERE t.org_id = o.id AND t.id = u.token), ''), 100) AS client,
		           u.operation, sum(u.uses)::bigint AS uses, max(u.at) AS at
		      FROM jsonb_to_recordset($1) AS u (org bigint, form text, field text, client text, token bigint, operation text, uses bigint, at timestamptz)
		      JOIN fieldwork.organisation o ON o.id = u.org
		     GROUP BY 1, 2, 3, 4, 5
		), full_up AS (
		    SELECT org_id FROM fieldwork.operation_use WHERE org_id IN (SELECT org_id FROM u) GROUP BY org_id HAVING count(*) >= $2
		), counted AS (
		    UPDATE fieldwork.operation_use t SET uses = t.uses + u.uses, last_at = greatest(t.last_at, u.at)
		      FROM u WHERE u.org_id IN (SELECT org_id FROM full_up) AND (t.org_id, t.form, t.field, t.client, t.operation) = (u.org_id, u.form, u.field, u.client, u.operation)
		)
		INSERT INTO fieldwork.operation_use AS t (org_id, form, field, client, operation, uses, last_at)
		SELECT org_id, form, field, client, operation, uses, at FROM u WHERE org_id NOT IN (SELECT org_id FROM full_up) ORDER BY 1, 2, 3, 4, 5
		ON CONFLICT (org_id, form, field, client, operation) DO UPDATE SET uses = t.uses + excluded.uses, last_at = greatest(t.last_at, excluded.last_at)`
	forgetUses = `DELETE FROM fieldwork.operation_use WHERE last_at < now() - make_interval(days => $1)`
)

// Field is a field of a form, by their keys.
type Field struct{ Form, Key string }

// Fields are those that one operation of a document uses.
type Fields struct{ List []Field }

// Use is one run of an operation.
type Use struct {
	Org       int64
	Client    string // its name, "" to take the token's
	Token     int64
	Operation string
	Fields    *Fields
}

type seen struct {
	uses int64
	at   time.Time
	more []Field
}

// Counter counts for one server. It is safe for concurrent use.
type Counter struct {
	db  *pg.DB
	log *slog.Logger
	now func() time.Time

	mu   sync.Mutex
	seen map[Use]*seen
}

// New returns a counter that writes to db.
func New(db *pg.DB, log *slog.Logger) *Counter {
	return &Counter{db: db, log: log, now: time.Now, seen: map[Use]*seen{}}
}

// Count counts a use. more is asked, once until the counts are written, for
// fields that are named outside of the document; it may be nil.
func (c *Counter) Count(u Use, more func() []Field) {
	c.mu.Lock()
	s, ok := c.seen[u]
	if ok {
		s.uses++
		c.mu.Unlock()
		return
	}
	full := len(c.seen) >= pending
	c.mu.Unlock()
	if full {
		return
	}
	s = &seen{uses: 1, at: c.now()}
	if more != nil {
		s.more = more()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if other, ok := c.seen[u]; ok { // somebody was faster
		other.uses++
		return
	}
	c.seen[u] = s
}

// Run writes counts until ctx ends, and then what is left.
func (c *Counter) Run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if err := c.Flush(end); err != nil {
				c.log.DebugContext(ctx, "counts of uses are lost", "err", err)
			}
			return
		case <-tick.C:
		}
		if err := c.Flush(ctx); err != nil && ctx.Err() == nil {
			c.log.WarnContext(ctx, "counts of uses are lost", "err", err)
		}
		if n%(24*60) == 0 {
			if _, err := c.db.Control.ExecContext(ctx, forgetUses, forgetIn); err != nil && ctx.Err() == nil {
				c.log.WarnContext(ctx, "forget old uses", "err", err)
			}
		}
	}
}

// Flush writes what was counted.
func (c *Counter) Flush(ctx context.Context) error {
	c.mu.Lock()
	all := c.seen
	c.seen = map[Use]*seen{}
	c.mu.Unlock()
	type row struct {
		Org       int64     `json:"org"`
		Form      string    `json:"form"`
		Field     string    `json:"field"`
		Client    string    `json:"client"`
		Token     int64     `json:"token"`
		Operation string    `json:"operation"`
		Uses      int64     `json:"uses"`
		At        time.Time `json:"at"`
	}
	var rows []row
	for u, s := range all {
		for _, list := range [][]Field{u.Fields.List, s.more} {
			for _, f := range list {
				rows = append(rows, row{u.Org, f.Form, f.Key, clip(u.Client), u.Token, clip(u.Operation), s.uses, s.at})
			}
		}
	}
	if len(rows) == 0 {
		return nil
	}
	b, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	_, err = c.db.Control.ExecContext(ctx, saveUses, b, rowsOf)
	return pg.Translate(err)
}

func clip(s string) string {
	if len(s) <= longest {
		return s
	}
	if r := []rune(s); len(r) > longest {
		return string(r[:longest])
	}
	return s
}
