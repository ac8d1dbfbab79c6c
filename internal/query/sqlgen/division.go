package sqlgen

import (
	"fmt"
	"strings"

	"fieldwork/internal/calendar"
	"fieldwork/internal/form"
)

// Division is what the statements of the division table are about. Each is one
// statement however many customers there are; parameter 1 is left for the numbers of
// the customers unless its comment says otherwise. One about records that the
// organisation does not keep has no text.
type Division struct {
	Customers *form.Form
	Day       calendar.Day
	Hours     float64 // what a task without an estimate takes
	Horizon   int     // days ahead whose work counts for utilisation
	Ratings   int     // days back whose ratings count
}

func (d Division) write(e Env) *reckoning {
	w := e.writer(d.Customers)
	w.arg(nil, "bigint[]")
	return &reckoning{writer: w, day: d.Day}
}

const divisionKeys = "$1::bigint[]"

func (d Division) to(purpose string) *form.Field { return d.Customers.Catalog.ToCustomer(purpose) }

// toMember is the reference of that purpose to a member, nil if there is none.
func toMember(f *form.Form, purpose string) *form.Field {
	if x := f.StoredAs(purpose, "bigint"); x != nil && x.IsReference() && x.Target.IsMember() {
		return x
	}
	return nil
}

// DivisionRoles selects roles that are not archived: customer, responsibility,
// member, level, scope, first and last day, deputy. Days are numbers since 1970.
func (e Env) DivisionRoles(d Division) Statement {
	x := d.to("ROLE_CUSTOMER")
	if x == nil {
		return Statement{}
	}
	f := x.Form
	what, who := f.StoredAs("ROLE_RESPONSIBILITY", "text"), toMember(f, "ROLE_MEMBER")
	if what == nil || who == nil {
		return Statement{}
	}
	r := d.write(e)
	r.put("SELECT o.%s, o.%s, o.%s, %s, %s, %s, %s, %s FROM %s o WHERE o.%[1]s = ANY(%[10]s)%[11]s ORDER BY o.%[1]s, o.id",
		x.Column(), what.Column(), who.Column(), r.or("NULL::text", "o", f.StoredAs("ROLE_LEVEL", "text")), r.or("NULL::text", "o", f.StoredAs("ROLE_SCOPE", "text")),
		r.number("o", f.StoredAs("ROLE_START", "date")), r.number("o", f.StoredAs("ROLE_END", "date")), r.or("NULL::bigint", "o", toMember(f, "ROLE_DEPUTY")),
		r.table(f), divisionKeys, r.live("o"))
	return r.done()
}

// DivisionMembers selects members, whose numbers are parameter 1: number, name,
// whether active, and the day of the latest change of the status of one that is not.
func (e Env) DivisionMembers(d Division) Statement {
	f := d.Customers.Catalog.Form("member")
	r := d.write(e)
	active := "true" + r.live("m")
	left := "NULL::bigint"
	if x := f.StoredAs("MEMBER_STATUS", "text"); x != nil {
		active += r.is("m", x, "=", "active")
		last := fmt.Sprintf("(SELECT max(h.at) FROM %s h WHERE h.form = %s AND h.record = m.id AND h.was ? %s AND h.at < %s)",
			f.Catalog.HistoryTable(), r.once(f.Key, "text"), r.once(x.Key, "text"), r.end())
		left = fmt.Sprintf("CASE WHEN NOT (%s) THEN %s END", active, number(r.dayOf(last)))
	}
	r.put("SELECT m.id, %s, %s, %s FROM %s m WHERE m.id = ANY(%s)", r.or("m.id::text", "m", f.StoredAs("MEMBER_NAME", "text")), active, left, r.table(f), divisionKeys)
	return r.done()
}

// DivisionAbsences selects who is absent: member, deputy, first day. It takes no
// parameter of the caller's.
func (e Env) DivisionAbsences(d Division) Statement {
	x := d.Customers.Catalog.Purpose("ABSENCE_MEMBER")
	if x == nil {
		return Statement{}
	}
	f := x.Form
	who, from, until := toMember(f, "ABSENCE_MEMBER"), f.StoredAs("ABSENCE_FROM", "date"), f.StoredAs("ABSENCE_TO", "date")
	if who == nil || from == nil || until == nil {
		return Statement{}
	}
	r := &reckoning{writer: e.writer(d.Customers), day: d.Day}
	r.put("SELECT a.%s, %s, %s FROM %s a WHERE a.%s <= %s AND a.%s >= %[6]s%[8]s ORDER BY a.id", who.Column(), r.or("NULL::bigint", "a", toMember(f, "ABSENCE_DEPUTY")),
		r.number("a", from), r.table(f), from.Column(), r.date(d.Day), until.Column(), r.live("a"))
	return r.done()
}

// divisionTask are the columns of the form of tasks.
type divisionTask struct {
	customer, status, due *form.Field
	estimate              *form.Field // nil: none has any
	progress              string      // an expression over t
}

func (d Division) task() (t divisionTask, ok bool) {
	t.customer = d.to("TASK_CUSTOMER")
	if t.customer == nil {
		return t, false
	}
	f := t.customer.Form
	t.status, t.due = f.StoredAs("TASK_STATUS", "text"), f.StoredAs("TASK_DUE", "date")
	t.estimate = f.StoredAs("TASK_ESTIMATE", "numeric")
	t.progress = "0"
	for _, typ := range []string{"smallint", "bigint", "numeric"} {
		if x := f.StoredAs("TASK_PROGRESS", typ); x != nil {
			t.progress = fmt.Sprintf("coalesce(t.%s, 0)", x.Column())
		}
	}
	return t, t.status != nil
}

// hours is what a task takes.
func (r *reckoning) hours(t divisionTask, otherwise float64) string {
	hours := r.once(otherwise, "numeric")
	if t.estimate != nil {
		hours = fmt.Sprintf("coalesce(t.%s, %s)", t.estimate.Column(), hours)
	}
	return hours
}

// overdue says that an open task should have been done before the day.
func (r *reckoning) overdue(t divisionTask) string {
	if t.due == nil {
		return "false"
	}
	return fmt.Sprintf("t.%s < %s", t.due.Column(), r.date(r.day))
}

// DivisionTasks selects the tasks of customers that are not cancelled: customer,
// assignee, 0 when open, 1 when being done, 2 when done, else 3, whether it was due
// before the day, whether it is due within the horizon, hours, progress from 0 to 100,
// due day, and the title of one that is open or being done if titles are wanted.
func (e Env) DivisionTasks(d Division, titles bool) Statement {
	r := d.write(e)
	t, ok := d.task()
	if !ok {
		return Statement{}
	}
	f := t.customer.Form
	status := func(keys ...string) string { return strings.TrimPrefix(r.is("t", t.status, "IN", keys...), " AND ") }
	title, soon := "NULL::text", "true"
	if x := f.StoredAs("TASK_TITLE", "text"); x != nil && titles {
		title = fmt.Sprintf("CASE WHEN %s THEN t.%s END", status("open", "doing"), x.Column())
	}
	if t.due != nil {
		soon = fmt.Sprintf("coalesce(t.%s <= %s, false)", t.due.Column(), r.date(d.Day.Add(d.Horizon)))
	}
	r.put("SELECT t.%s, %s, CASE WHEN %s THEN 0 WHEN %s THEN 1 WHEN %s THEN 2 ELSE 3 END, coalesce(%s, false), %s, (%s)::float8, (%s)::float8, %s, t.id, %s FROM %s t WHERE t.%[1]s = ANY(%[13]s)%[14]s%[15]s",
		t.customer.Column(), r.or("NULL::bigint", "t", toMember(f, "TASK_ASSIGNEE")), status("open"), status("doing"), status("done"), r.overdue(t), soon, r.hours(t, d.Hours), t.progress,
		r.number("t", t.due), title, r.table(f), divisionKeys, r.live("t"), r.is("t", t.status, "IS DISTINCT FROM", "cancelled"))
	return r.done()
}

// DivisionLoad selects the open tasks of each assignee: member, open, overdue, hours
// left, hours left of those that are due within the horizon. all: those of any customer
// and of none; it then takes no parameter of the caller's.
func (e Env) DivisionLoad(d Division, all bool) Statement {
	r := &reckoning{writer: e.writer(d.Customers), day: d.Day}
	if !all {
		r = d.write(e)
	}
	t, ok := d.task()
	if !ok {
		return Statement{}
	}
	who := toMember(t.customer.Form, "TASK_ASSIGNEE")
	if who == nil {
		return Statement{}
	}
	left, soon, which := fmt.Sprintf("%s * (1 - %s / 100.0)", r.hours(t, d.Hours), t.progress), "true", ""
	if t.due != nil {
		soon = fmt.Sprintf("t.%s <= %s", t.due.Column(), r.date(d.Day.Add(d.Horizon)))
	}
	if !all {
		which = fmt.Sprintf(" AND t.%s = ANY(%s)", t.customer.Column(), divisionKeys)
	}
	r.put("SELECT t.%s, count(*), count(*) FILTER (WHERE %s), coalesce(sum(%s), 0)::float8, coalesce(sum(%[3]s) FILTER (WHERE %[4]s), 0)::float8 FROM %[5]s t"+
		" WHERE t.%[1]s IS NOT NULL%[6]s%[7]s%[8]s GROUP BY 1",
		who.Column(), r.overdue(t), left, soon, r.table(t.customer.Form), which, r.live("t"), r.is("t", t.status, "IN", "open", "doing"))
	return r.done()
}

// DivisionFeedback selects what customers say: customer, day of the last contact,
// mean rating, complaints and problems that are not closed.
func (e Env) DivisionFeedback(d Division) Statement {
	x := d.to("FEEDBACK_CUSTOMER")
	if x == nil || x.Form.StoredAs("FEEDBACK_TIME", "timestamptz") == nil {
		return Statement{}
	}
	f, r := x.Form, d.write(e)
	at := "f." + f.StoredAs("FEEDBACK_TIME", "timestamptz").Column()
	rating, issues := "NULL::float8", "0::bigint"
	if y := f.StoredAs("FEEDBACK_RATING", "smallint"); y != nil {
		rating = fmt.Sprintf("(avg(f.%s) FILTER (WHERE %s >= %s))::float8", y.Column(), at, r.begin(d.Day.Add(1-d.Ratings)))
	}
	what, status := f.StoredAs("FEEDBACK_KIND", "text"), f.StoredAs("FEEDBACK_STATUS", "text")
	if what != nil && status != nil {
		issues = fmt.Sprintf("count(*) FILTER (WHERE true%s%s)", r.is("f", what, "IN", "complaint", "problem"), r.is("f", status, "IS DISTINCT FROM", "closed"))
	}
	r.put("SELECT f.%s, %s, %s, %s FROM %s f WHERE f.%[1]s = ANY(%[6]s)%[7]s GROUP BY 1",
		x.Column(), number(r.dayOf(fmt.Sprintf("max(%s) FILTER (WHERE true%s)", at, r.outside(f, "f")))), rating, issues, r.table(f), divisionKeys, r.said(f, "f", 0))
	return r.done()
}

// review are the columns of the form of reviews.
func (d Division) review() (customer, held, planned, status *form.Field) {
	customer = d.to("REVIEW_CUSTOMER")
	if customer == nil {
		return nil, nil, nil, nil
	}
	f := customer.Form
	return customer, f.StoredAs("REVIEW_HELD", "date"), f.StoredAs("REVIEW_PLANNED", "date"), f.StoredAs("REVIEW_STATUS", "text")
}

// DivisionReviews selects when customers are reviewed: customer, the first day that is
// planned of those not held, the last that one was held on.
func (e Env) DivisionReviews(d Division) Statement {
	customer, held, planned, status := d.review()
	if customer == nil {
		return Statement{}
	}
	r := d.write(e)
	next, last, open := "NULL::bigint", "NULL::bigint", "true"+r.is("v", status, "IS DISTINCT FROM", "cancelled")+r.is("v", status, "IS DISTINCT FROM", "held")
	if held != nil {
		last = number(fmt.Sprintf("max(v.%s) FILTER (WHERE v.%[1]s <= %s%s)", held.Column(), r.date(d.Day), r.is("v", status, "IS DISTINCT FROM", "cancelled")))
		open += fmt.Sprintf(" AND v.%s IS NULL", held.Column())
	}
	if planned != nil {
		next = number(fmt.Sprintf("min(v.%s) FILTER (WHERE %s)", planned.Column(), open))
	}
	r.put("SELECT v.%s, %s, %s FROM %s v WHERE v.%[1]s = ANY(%[5]s)%[6]s GROUP BY 1", customer.Column(), next, last, r.table(customer.Form), divisionKeys, r.live("v"))
	return r.done()
}

// DivisionImprovements selects what the latest review of each customer that was held
// asks for: customer, text.
func (e Env) DivisionImprovements(d Division) Statement {
	customer, held, _, status := d.review()
	if customer == nil || held == nil {
		return Statement{}
	}
	x := d.Customers.Catalog.Purpose("IMPROVEMENT_REVIEW")
	if x == nil || !x.IsReference() || !x.Stored() || x.Target != customer.Form || x.Form.StoredAs("IMPROVEMENT_CONTENT", "text") == nil {
		return Statement{}
	}
	r := d.write(e)
	r.put("SELECT v.customer, i.%s FROM (SELECT DISTINCT ON (v.%s) v.%[2]s AS customer, v.id FROM %[3]s v WHERE v.%[2]s = ANY(%[4]s) AND v.%[5]s <= %[6]s%[7]s%[8]s ORDER BY v.%[2]s, v.%[5]s DESC, v.id DESC) v"+
		" JOIN %[9]s i ON i.%[10]s = v.id WHERE true%[11]s ORDER BY v.customer, i.id",
		x.Form.StoredAs("IMPROVEMENT_CONTENT", "text").Column(), customer.Column(), r.table(customer.Form), divisionKeys, held.Column(), r.date(d.Day), r.live("v"), r.is("v", status, "IS DISTINCT FROM", "cancelled"),
		r.table(x.Form), x.Column(), r.live("i"))
	return r.done()
}

// DivisionContacts selects the primary contact of each customer: customer, name.
func (e Env) DivisionContacts(d Division) Statement {
	x := d.to("CONTACT_CUSTOMER")
	if x == nil {
		return Statement{}
	}
	name, primary := x.Form.StoredAs("CONTACT_NAME", "text"), x.Form.StoredAs("CONTACT_PRIMARY", "boolean")
	if name == nil || primary == nil {
		return Statement{}
	}
	r := d.write(e)
	r.put("SELECT DISTINCT ON (c.%s) c.%[1]s, c.%s FROM %s c WHERE c.%[1]s = ANY(%[4]s) AND c.%[5]s%[6]s ORDER BY c.%[1]s, c.id", x.Column(), name.Column(), r.table(x.Form), divisionKeys, primary.Column(), r.live("c"))
	return r.done()
}
