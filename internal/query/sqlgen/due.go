package sqlgen

import (
	"fmt"
	"strconv"
	"strings"

	"fieldwork/internal/calendar"
	"fieldwork/internal/form"
	"fieldwork/internal/query"
)

// DueKind is what a customer is due for.
type DueKind string

// The kinds.
const (
	DueContact DueKind = "CONTACT"
	DueVisit   DueKind = "VISIT"
	DueReview  DueKind = "REVIEW"
)

// Due is a question for the customers that are due by a day.
type Due struct {
	Customers *form.Form
	Kind      DueKind
	Day       calendar.Day   // records are taken as their dates say they were then
	Until     calendar.Day   // the last day that is asked for
	Days      map[string]int // by tier
	Other     int            // days of customers without such a tier
	Weekdays  bool           // what falls on a day off is due on the next working day
	Moves     []calendar.Move
	Filter    query.Filter // customers that it holds for only; nil: all
	Mine      int64        // customers of this member's only: the owner, or in an active A or R; 0: all
	IDs       []int64      // these customers only, due or not; nil: all that are due
	After     *DueKey
	Limit     int
}

// DueKey is the place of a customer in a list of those that are due.
type DueKey struct {
	Day calendar.Day
	ID  int64
}

// Due selects customers that are due, the longest due first: number, the day it was
// done last or null, the day that it is due, and whether that day was planned.
func (e Env) Due(d Due) Statement {
	w := e.writer(d.Customers)
	r := &reckoning{writer: w, day: d.Day}
	w.put("SELECT q.id, %s, %s, q.planned FROM ", number("q.last"), number("q.due"))
	r.due(d)
	if d.After != nil {
		w.put(" AND (q.due, q.id) > (%s, %s)", r.date(d.After.Day), w.arg(d.After.ID, "bigint"))
	}
	w.put(" ORDER BY q.due, q.id LIMIT %d", d.Limit)
	return w.done()
}

// CountDue counts the customers that are due.
func (e Env) CountDue(d Due) Statement {
	w := e.writer(d.Customers)
	w.put("SELECT count(*) FROM ")
	(&reckoning{writer: w, day: d.Day}).due(d)
	return w.done()
}

// due writes the table q of customers and the days that they are due, with the
// condition for those that are wanted.
func (r *reckoning) due(d Due) {
	f := d.Customers
	last, planned := r.lately(d)
	r.put("(SELECT r.id, r.last, x.planned, CASE WHEN x.planned THEN x.due ELSE ")
	if d.Weekdays {
		r.put("coalesce(%s, x.due + CASE extract(isodow FROM x.due) WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END)", r.moved(d.Moves))
	} else {
		r.put("x.due")
	}
	r.put(" END AS due FROM (SELECT r.id, %s AS made, %s AS days, %s AS last, %s AS plan FROM %s r WHERE %s%s", r.dayOf("r.created_at"), r.days(d), last, planned, r.table(f), r.there("r"), r.wanted(d))
	if d.Filter != nil {
		r.put(" AND ")
		r.filter(d.Filter, "r")
	}
	r.put(") r CROSS JOIN LATERAL (SELECT r.plan IS NOT NULL AS planned, coalesce(r.plan, coalesce(r.last, r.made) + r.days) AS due) x) q WHERE ")
	if d.IDs != nil {
		r.put("true")
	} else {
		r.put("q.due <= %s", r.date(d.Until))
	}
}

func (r *reckoning) there(alias string) string {
	return fmt.Sprintf("%s.created_at < %s%s", alias, r.end(), r.live(alias))
}

// wanted limits customers to those that are asked for. Nobody looks after those
// that are lost.
func (r *reckoning) wanted(d Due) string {
	if d.IDs != nil {
		return fmt.Sprintf(" AND r.id = ANY(%s)", r.arg(Numbers(d.IDs), "bigint[]"))
	}
	sql := r.is("r", d.Customers.StoredAs("CUSTOMER_STATUS", "text"), "IS DISTINCT FROM", "lost")
	if d.Mine == 0 {
		return sql
	}
	me := r.once(d.Mine, "bigint")
	var mine []string
	if x := d.Customers.StoredAs("CUSTOMER_OWNER", "bigint"); x != nil {
		mine = append(mine, fmt.Sprintf("r.%s = %s", x.Column(), me))
	}
	if x := d.Customers.Catalog.ToCustomer("ROLE_CUSTOMER"); x != nil {
		if who := x.Form.StoredAs("ROLE_MEMBER", "bigint"); who != nil {
			mine = append(mine, fmt.Sprintf("EXISTS (SELECT FROM %s o WHERE o.%s = r.id AND o.%s = %s%s)", r.table(x.Form), x.Column(), who.Column(), me, r.holds(x.Form, "o")))
		}
	}
	if mine == nil {
		return " AND false"
	}
	return sql + " AND (" + strings.Join(mine, " OR ") + ")"
}

// lately is the day on which it was done last, and the day that it is planned for.
func (r *reckoning) lately(d Due) (last, planned string) {
	last, planned = "NULL::date", "NULL::date"
	cat := d.Customers.Catalog
	if d.Kind != DueReview {
		x := cat.ToCustomer("FEEDBACK_CUSTOMER")
		if x == nil || x.Form.StoredAs("FEEDBACK_TIME", "timestamptz") == nil {
			return last, planned
		}
		which := ""
		if d.Kind == DueVisit {
			which = r.is("f", x.Form.StoredAs("FEEDBACK_CHANNEL", "text"), "=", "visit")
		} else {
			which = r.outside(x.Form, "f")
		}
		at := x.Form.StoredAs("FEEDBACK_TIME", "timestamptz").Column()
		return fmt.Sprintf("(SELECT %s FROM %s f WHERE f.%s = r.id%s%s)", r.dayOf("max(f."+at+")"), r.table(x.Form), x.Column(), r.said(x.Form, "f", 0), which), planned
	}
	x := cat.ToCustomer("REVIEW_CUSTOMER")
	if x == nil {
		return last, planned
	}
	status, held, plan := x.Form.StoredAs("REVIEW_STATUS", "text"), x.Form.StoredAs("REVIEW_HELD", "date"), x.Form.StoredAs("REVIEW_PLANNED", "date")
	from := fmt.Sprintf("FROM %s v WHERE v.%s = r.id%s", r.table(x.Form), x.Column(), r.live("v"))
	if held != nil {
		last = fmt.Sprintf("(SELECT max(v.%s) %s AND v.%[1]s <= %[3]s%[4]s)", held.Column(), from, r.date(d.Day), r.is("v", status, "=", "held"))
	}
	if plan != nil && (status != nil || held != nil) {
		planned = fmt.Sprintf("(SELECT min(v.%s) %s%s", plan.Column(), from, r.is("v", status, "=", "planned"))
		if held != nil {
			planned += fmt.Sprintf(" AND v.%s IS NULL", held.Column())
		}
		planned += ")"
	}
	return last, planned
}

// days is the number of days of a customer's tier.
func (r *reckoning) days(d Due) string {
	tier := d.Customers.StoredAs("CUSTOMER_TIER", "text")
	other := r.once(int64(d.Other), "integer")
	if tier == nil || len(d.Days) == 0 {
		return other
	}
	var keys, days List
	for _, o := range tier.Options { // in their order, so that the statement is always the same
		if n, has := d.Days[o.Key]; has {
			keys.Add(o.Key)
			days.Add(strconv.Itoa(n))
		}
	}
	return fmt.Sprintf("coalesce((%s)[array_position(%s, r.%s)], %s)", r.once(days.String(), "integer[]"), r.once(keys.String(), "text[]"), tier.Column(), other)
}

// moved is the day that one of a calendar's moves leads to, null where weekends
// alone say it.
func (r *reckoning) moved(moves []calendar.Move) string {
	var from, to List
	for _, m := range moves {
		from.Add(m.From.String())
		to.Add(m.To.String())
	}
	return fmt.Sprintf("(%s)[array_position(%s, x.due)]", r.once(to.String(), "date[]"), r.once(from.String(), "date[]"))
}
