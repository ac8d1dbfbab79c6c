package sqlgen

import (
	"fmt"
	"strings"
	"time"

	"fieldwork/internal/calendar"
	"fieldwork/internal/form"
)

// What the product reckons about customers it finds by the purposes of fields. A
// condition on a field that an organisation does not have is left out.

// Of what a row of Health tells.
const (
	HealthCustomer = "customer" // key: tier; a: the day it was made; b: the day its contract ends
	HealthContact  = "contact"  // a: the day of the latest contact
	HealthAnswer   = "answer"   // key: the contact's part in decisions; a: age in days; b: rating; c: recommendation; n
	HealthTasks    = "tasks"    // a: on time; b: done late; n: all
	HealthIssue    = "issue"    // key: severity; a: 1 for an old one; n
	HealthCovered  = "covered"  // key: a responsibility with an active A or R
)

// Health is a question for what the health of customers is reckoned from.
type Health struct {
	Customers *form.Form
	Day       calendar.Day // records are taken as their dates say they were then
	Answers   int          // days up to Day whose answers count
	Due       int          // days before Day whose tasks count
	Old       int          // an issue is old after so many days
}

// Health selects what the health of customers is reckoned from, in rows of customer,
// what, key, a, b, c, n, in no order; see HealthCustomer and the others. Days are
// numbers since 1970. Parameter 1 is left for the customers.
func (e Env) Health(h Health) Statement {
	w := e.writer(h.Customers)
	ids := w.arg(nil, "bigint[]")
	r := &reckoning{writer: w, day: h.Day}
	f := h.Customers
	w.put("SELECT r.id, '%s'::text, %s, %s, %s, NULL::bigint, 1::bigint FROM %s r WHERE r.id = ANY(%s)", HealthCustomer,
		r.or("NULL::text", "r", f.StoredAs("CUSTOMER_TIER", "text")), number(w.dayOf("r.created_at")), r.number("r", f.StoredAs("CONTRACT_END", "date")), w.table(f), ids)
	if x := f.Catalog.ToCustomer("FEEDBACK_CUSTOMER"); x != nil && x.Form.StoredAs("FEEDBACK_TIME", "timestamptz") != nil {
		r.contacts(x, ids)
		r.answers(x, ids, h.Answers)
		r.issues(x, ids, h.Old)
	}
	if x := f.Catalog.ToCustomer("TASK_CUSTOMER"); x != nil {
		r.tasks(x, ids, h.Due)
	}
	if x := f.Catalog.ToCustomer("ROLE_CUSTOMER"); x != nil && x.Form.StoredAs("ROLE_RESPONSIBILITY", "text") != nil {
		w.put("\nUNION ALL SELECT DISTINCT o.%s, '%s', o.%s, NULL::bigint, NULL::bigint, NULL::bigint, 1::bigint FROM %s o WHERE o.%[1]s = ANY(%[5]s)%[6]s",
			x.Column(), HealthCovered, x.Form.StoredAs("ROLE_RESPONSIBILITY", "text").Column(), w.table(x.Form), ids, r.holds(x.Form, "o"))
	}
	return w.done()
}

// reckoning writes statements about how things were at the end of a day.
type reckoning struct {
	*writer
	day calendar.Day
}

func number(day string) string { return "(" + day + " - date '1970-01-01')::bigint" }

// or is the column of a field, or what stands for one that there is not.
func (r *reckoning) or(otherwise, alias string, x *form.Field) string {
	if x == nil {
		return otherwise
	}
	return alias + "." + x.Column()
}

func (r *reckoning) number(alias string, x *form.Field) string {
	if x == nil {
		return "NULL::bigint"
	}
	return number(alias + "." + x.Column())
}

// date is a day as a parameter.
func (r *reckoning) date(d calendar.Day) string { return r.once(d.String(), "date") }

// begin is the moment at which a day begins, as a parameter.
func (r *reckoning) begin(d calendar.Day) string {
	return r.once(d.Begin(r.zone()).UTC().Format(time.RFC3339), "timestamptz")
}

// end is the moment at which the day is over.
func (r *reckoning) end() string { return r.begin(r.day.Add(1)) }

// live says that the record of an alias was not archived by then.
func (r *reckoning) live(alias string) string {
	return fmt.Sprintf(" AND (%s.archived_at IS NULL OR %[1]s.archived_at >= %s)", alias, r.end())
}

// is compares a choice; nothing is asked where there is none.
func (r *reckoning) is(alias string, x *form.Field, op string, options ...string) string {
	if x == nil {
		return ""
	}
	if op == "IN" {
		return fmt.Sprintf(" AND %s.%s = ANY(%s)", alias, x.Column(), r.once(Array(options), "text[]"))
	}
	return fmt.Sprintf(" AND %s.%s %s %s", alias, x.Column(), op, r.once(options[0], "text"))
}

// said says that the feedback of an alias is of that day or an earlier one, and of
// the last days only if there are any.
func (r *reckoning) said(f *form.Form, alias string, days int) string {
	at := alias + "." + f.StoredAs("FEEDBACK_TIME", "timestamptz").Column()
	sql := fmt.Sprintf("%s AND %s < %s", r.live(alias), at, r.end())
	if days > 0 {
		sql += fmt.Sprintf(" AND %s >= %s", at, r.begin(r.day.Add(1-days)))
	}
	return sql
}

// outside says that the feedback of an alias was with the customer.
func (r *reckoning) outside(f *form.Form, alias string) string {
	return r.is(alias, f.StoredAs("FEEDBACK_CHANNEL", "text"), "IS DISTINCT FROM", "internal")
}

func (r *reckoning) contacts(x *form.Field, ids string) {
	at := x.Form.StoredAs("FEEDBACK_TIME", "timestamptz").Column()
	r.put("\nUNION ALL SELECT f.%s, '%s', NULL, %s, NULL, NULL, 1 FROM %s f WHERE f.%[1]s = ANY(%[5]s)%s%s GROUP BY 1",
		x.Column(), HealthContact, number(r.dayOf("max(f."+at+")")), r.table(x.Form), ids, r.said(x.Form, "f", 0), r.outside(x.Form, "f"))
}

func (r *reckoning) answers(x *form.Field, ids string, days int) {
	f := x.Form
	var given []string
	columns := []string{"NULL::bigint", "NULL::bigint"}
	for i, y := range []*form.Field{f.StoredAs("FEEDBACK_RATING", "smallint"), f.StoredAs("FEEDBACK_RECOMMEND", "bigint")} {
		if y != nil {
			columns[i] = "f." + y.Column() + "::bigint"
			given = append(given, "f."+y.Column()+" IS NOT NULL")
		}
	}
	if given == nil {
		return
	}
	part, join := "NULL", ""
	if who := f.StoredAs("FEEDBACK_CONTACT", "bigint"); who != nil && who.IsReference() {
		if p := who.Target.StoredAs("CONTACT_PART", "text"); p != nil {
			part, join = "c."+p.Column(), fmt.Sprintf(" LEFT JOIN %s c ON c.id = f.%s", r.table(who.Target), who.Column())
		}
	}
	age := fmt.Sprintf("(%s - %s)::bigint", r.date(r.day), r.dayOf("f."+f.StoredAs("FEEDBACK_TIME", "timestamptz").Column()))
	r.put("\nUNION ALL SELECT f.%s, '%s', %s, %s, %s, %s, count(*) FROM %s f%s WHERE f.%[1]s = ANY(%[9]s)%[10]s AND (%[11]s) GROUP BY 1, 2, 3, 4, 5, 6",
		x.Column(), HealthAnswer, part, age, columns[0], columns[1], r.table(f), join, ids, r.said(f, "f", days), strings.Join(given, " OR "))
}

// issues are complaints and problems that were not closed. One that was closed
// without a time was so on every day.
func (r *reckoning) issues(x *form.Field, ids string, old int) {
	f := x.Form
	what, status := f.StoredAs("FEEDBACK_KIND", "text"), f.StoredAs("FEEDBACK_STATUS", "text")
	if what == nil || status == nil {
		return
	}
	open := fmt.Sprintf("f.%s IS DISTINCT FROM %s", status.Column(), r.once("closed", "text"))
	if closed := f.StoredAs("FEEDBACK_CLOSED_AT", "timestamptz"); closed != nil {
		open += fmt.Sprintf(" OR f.%s >= %s", closed.Column(), r.end())
	}
	age := fmt.Sprintf("CASE WHEN f.%s < %s THEN 1 ELSE 0 END", f.StoredAs("FEEDBACK_TIME", "timestamptz").Column(), r.begin(r.day.Add(-old)))
	r.put("\nUNION ALL SELECT f.%s, '%s', %s, %s, NULL, NULL, count(*) FROM %s f WHERE f.%[1]s = ANY(%[6]s)%s AND (%s)%s GROUP BY 1, 2, 3, 4",
		x.Column(), HealthIssue, r.or("NULL", "f", f.StoredAs("FEEDBACK_SEVERITY", "text")), age, r.table(f), ids, r.said(f, "f", 0), open, r.is("f", what, "IN", "complaint", "problem"))
}

// tasks are those that were due: in the last days up to the day before, and that
// day's that are done.
func (r *reckoning) tasks(x *form.Field, ids string, days int) {
	f := x.Form
	due, status, at := f.StoredAs("TASK_DUE", "date"), f.StoredAs("TASK_STATUS", "text"), f.StoredAs("TASK_DONE_AT", "timestamptz")
	if due == nil || status == nil {
		return
	}
	done, onTime := fmt.Sprintf("t.%s = %s", status.Column(), r.once("done", "text")), "true"
	if at != nil { // done without a time counts as done late: nothing says that it was not
		done += fmt.Sprintf(" AND (t.%s IS NULL OR t.%[1]s < %s)", at.Column(), r.end())
		onTime = fmt.Sprintf("coalesce(%s <= t.%s, false)", r.dayOf("t."+at.Column()), due.Column())
	}
	r.put("\nUNION ALL SELECT t.%s, '%s', NULL, count(*) FILTER (WHERE %s AND %s), count(*) FILTER (WHERE %[3]s AND NOT %[4]s), NULL, count(*) FROM %s t"+
		" WHERE t.%[1]s = ANY(%[6]s)%[7]s%[8]s AND t.%[9]s >= %[10]s AND (t.%[9]s < %[11]s OR t.%[9]s = %[11]s AND %[3]s) GROUP BY 1",
		x.Column(), HealthTasks, done, onTime, r.table(f), ids, r.live("t"), r.is("t", status, "IS DISTINCT FROM", "cancelled"), due.Column(), r.date(r.day.Add(-days)), r.date(r.day))
}

// holds says that the role of an alias is an A or R of a member who is there.
func (r *reckoning) holds(f *form.Form, alias string) string {
	sql := r.live(alias) + r.is(alias, f.StoredAs("ROLE_LEVEL", "text"), "IN", "a", "r")
	if x := f.StoredAs("ROLE_START", "date"); x != nil {
		sql += fmt.Sprintf(" AND (%s.%s IS NULL OR %[1]s.%[2]s <= %s)", alias, x.Column(), r.date(r.day))
	}
	if x := f.StoredAs("ROLE_END", "date"); x != nil {
		sql += fmt.Sprintf(" AND (%s.%s IS NULL OR %[1]s.%[2]s >= %s)", alias, x.Column(), r.date(r.day))
	}
	if x := f.StoredAs("ROLE_MEMBER", "bigint"); x != nil && x.IsReference() {
		sql += fmt.Sprintf(" AND EXISTS (SELECT FROM %s m WHERE m.id = %s.%s%s%s)", r.table(x.Target), alias, x.Column(),
			r.live("m"), r.is("m", x.Target.StoredAs("MEMBER_STATUS", "text"), "=", "active"))
	}
	return sql
}
