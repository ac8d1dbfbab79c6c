package sqlgen

import (
	"fmt"

	"fieldwork/internal/calendar"
	"fieldwork/internal/form"
	"fieldwork/internal/query"
)

// Of what a row of Performance tells.
const (
	PerformanceTasks    = "tasks"    // a: done; b: of them with a due date; c: of those on time; d: median days late; e: median days from entry to done
	PerformanceFeedback = "feedback" // a: contacts; b: ratings; c: first responses; d: mean rating; e: median hours to first response
)

// Performance is a question for what members did in some days.
type Performance struct {
	Catalog     *form.Catalog
	From, Until calendar.Day // both count; records are taken as their dates say they were at the end
	Customers   query.Filter // only what is of customers that it holds for; nil: all, also what is of none
}

// of limits records of a form to those of the customers that are asked for.
func (r *reckoning) of(f *form.Form, purpose, alias string, p Performance) {
	if p.Customers == nil {
		return
	}
	x := p.Catalog.ToCustomer(purpose)
	if x == nil || x.Form != f {
		r.put(" AND false")
		return
	}
	r.put(" AND %s.%s IS NOT NULL AND ", alias, x.Column())
	r.filter(query.Through{Ref: x, F: p.Customers}, alias)
}

// Performance selects what members did, of those who did anything, in rows of member,
// what, a, b, c, d, e, in no order; see PerformanceTasks and PerformanceFeedback. Means
// and medians are text rounded to four digits, null where there is nothing. A task done
// in time counts as no days late, and one that was done before it was entered tells
// nothing of how long it took. It has no text where the organisation keeps neither.
func (e Env) Performance(p Performance) Statement {
	r := &reckoning{writer: &writer{env: e, cat: p.Catalog}, day: p.Until}
	if x := p.Catalog.Purpose("TASK_STATUS"); x != nil {
		r.tasksDone(x.Form, p)
	}
	if x := p.Catalog.Purpose("FEEDBACK_TIME"); x != nil {
		r.feedbackHad(x.Form, p)
	}
	if r.sql.Len() == 0 {
		return Statement{}
	}
	return r.done()
}

// tasksDone is the arm of the tasks that were done in the days.
func (r *reckoning) tasksDone(f *form.Form, p Performance) {
	who, status, at := toMember(f, "TASK_ASSIGNEE"), f.StoredAs("TASK_STATUS", "text"), f.StoredAs("TASK_DONE_AT", "timestamptz")
	if who == nil || status == nil || at == nil {
		return
	}
	due, late := "NULL::date", "NULL::integer"
	if x := f.StoredAs("TASK_DUE", "date"); x != nil {
		due = "t." + x.Column()
		late = fmt.Sprintf("CASE WHEN %[2]s IS NOT NULL THEN greatest(%[1]s - %[2]s, 0) END", r.dayOf("t."+at.Column()), due) // greatest passes over nulls
	}
	took := fmt.Sprintf("CASE WHEN t.%s >= t.created_at THEN extract(epoch FROM t.%[1]s - t.created_at) / 86400 END", at.Column())
	r.put("SELECT t.%s, '%s'::text, count(*), count(%s), count(*) FILTER (WHERE %s = 0), %s, %s FROM %s t WHERE t.%[1]s IS NOT NULL AND t.%[8]s >= %[9]s AND t.%[8]s < %[10]s%[11]s%[12]s",
		who.Column(), PerformanceTasks, due, late, middle(late), middle(took), r.table(f), at.Column(), r.begin(p.From), r.end(), r.live("t"), r.is("t", status, "=", "done"))
	r.of(f, "TASK_CUSTOMER", "t", p)
	r.put(" GROUP BY 1")
}

// feedbackHad is the arm of the contacts and answers of the days.
func (r *reckoning) feedbackHad(f *form.Form, p Performance) {
	who, at := toMember(f, "FEEDBACK_MEMBER"), f.StoredAs("FEEDBACK_TIME", "timestamptz")
	if who == nil || at == nil {
		return
	}
	if r.sql.Len() > 0 {
		r.put("\nUNION ALL ")
	}
	contacts := "count(*)"
	if x := f.StoredAs("FEEDBACK_CHANNEL", "text"); x != nil {
		contacts = fmt.Sprintf("count(*) FILTER (WHERE f.%s IS DISTINCT FROM %s)", x.Column(), r.once("internal", "text"))
	}
	rating, response := "NULL::integer", "NULL::numeric"
	if x := f.StoredAs("FEEDBACK_RATING", "smallint"); x != nil {
		rating = "f." + x.Column()
	}
	if x := f.StoredAs("FEEDBACK_FIRST_RESPONSE", "timestamptz"); x != nil {
		response = fmt.Sprintf("extract(epoch FROM f.%s - f.%s) / 3600", x.Column(), at.Column())
	}
	r.put("SELECT f.%s, '%s'::text, %s, count(%s), count(%s), trim_scale(round(avg(%[4]s), 4))::text, %[6]s FROM %[7]s f WHERE f.%[1]s IS NOT NULL AND f.%[8]s >= %[9]s AND f.%[8]s < %[10]s%[11]s",
		who.Column(), PerformanceFeedback, contacts, rating, response, middle(response), r.table(f), at.Column(), r.begin(p.From), r.end(), r.live("f"))
	r.of(f, "FEEDBACK_CUSTOMER", "f", p)
	r.put(" GROUP BY 1")
}

// middle is the median of values, the mean of the two in the middle, to four digits.
// Values that are null do not take part. PostgreSQL reckons it in floating point, which
// is exact enough for that many digits of days and hours.
func middle(values string) string {
	return fmt.Sprintf("trim_scale(round((percentile_cont(0.5) WITHIN GROUP (ORDER BY (%s)::float8))::numeric, 4))::text", values)
}
