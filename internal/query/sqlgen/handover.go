package sqlgen

import (
	"fmt"

	"fieldwork/internal/calendar"
	"fieldwork/internal/form"
)

// HandoverPart is a part of what members hold.
type HandoverPart string

// The parts.
const (
	HeldRoles     HandoverPart = "ROLES"     // that have not ended
	HeldTasks     HandoverPart = "TASKS"     // that are open or being done
	HeldFeedback  HandoverPart = "FEEDBACK"  // that is not closed
	HeldCustomers HandoverPart = "CUSTOMERS" // that the member owns
	HeldContacts  HandoverPart = "CONTACTS"  // whose counterpart the member is
	HeldReviews   HandoverPart = "REVIEWS"   // that are planned
)

// HandoverParts are all of them, in their order.
var HandoverParts = []HandoverPart{HeldRoles, HeldTasks, HeldFeedback, HeldCustomers, HeldContacts, HeldReviews}

// holding are, of each part, the purposes of the reference to who holds a record and
// of that to its customer.
var holding = map[HandoverPart][2]string{
	HeldRoles: {"ROLE_MEMBER", "ROLE_CUSTOMER"}, HeldTasks: {"TASK_ASSIGNEE", "TASK_CUSTOMER"}, HeldFeedback: {"FEEDBACK_MEMBER", "FEEDBACK_CUSTOMER"},
	HeldCustomers: {"CUSTOMER_OWNER", ""}, HeldContacts: {"CONTACT_OWNER", "CONTACT_CUSTOMER"}, HeldReviews: {"REVIEW_HOST", "REVIEW_CUSTOMER"},
}

// ends are the purposes of the choices that say whether a record is over.
var ends = map[HandoverPart]string{HeldTasks: "TASK_STATUS", HeldFeedback: "FEEDBACK_STATUS", HeldReviews: "REVIEW_STATUS"}

// Holder is the reference of a part's records to who holds them, nil where the
// organisation keeps no such records.
func Holder(cat *form.Catalog, part HandoverPart) *form.Field {
	if x := cat.Purpose(holding[part][0]); x != nil {
		return toMember(x.Form, x.Purpose)
	}
	return nil
}

// Handover is a question for what a member holds on a day and after it.
type Handover struct {
	Catalog *form.Catalog
	Member  int64
	Day     calendar.Day
	Limit   int
	Hold    bool // whether the records are kept as they are until the transaction ends
}

// HandoverHeld selects the records of a part that the member holds, by number: number,
// version, customer, and of roles responsibility, level, scope, first day, last day
// and deputy. What the organisation has no field for is null; without records of the
// part there is no text. Days are numbers since 1970.
func (e Env) HandoverHeld(h Handover, part HandoverPart) Statement {
	x := Holder(h.Catalog, part)
	if x == nil {
		return Statement{}
	}
	f := x.Form
	if status, over := ends[part]; over && f.StoredAs(status, "text") == nil { // nobody knows which are
		return Statement{}
	}
	r := &reckoning{writer: e.writer(f), day: h.Day}
	customer := "NULL::bigint"
	if part == HeldCustomers {
		customer = "h.id"
	} else if y := f.StoredAs(holding[part][1], "bigint"); y != nil && y.IsReference() && y.Target == h.Catalog.Customers() {
		customer = "h." + y.Column()
	}
	r.put("SELECT h.id, h.version::bigint, %s, ", customer)
	if part == HeldRoles {
		r.put("%s, %s, %s, %s, %s, %s", r.or("NULL::text", "h", f.StoredAs("ROLE_RESPONSIBILITY", "text")), r.or("NULL::text", "h", f.StoredAs("ROLE_LEVEL", "text")),
			r.or("NULL::text", "h", f.StoredAs("ROLE_SCOPE", "text")), r.number("h", f.StoredAs("ROLE_START", "date")), r.number("h", f.StoredAs("ROLE_END", "date")),
			r.or("NULL::bigint", "h", toMember(f, "ROLE_DEPUTY")))
	} else {
		r.put("NULL::text, NULL::text, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint")
	}
	r.put(" FROM %s h WHERE h.%s = %s AND h.archived_at IS NULL%s ORDER BY h.id LIMIT %d", r.table(f), x.Column(), r.arg(h.Member, "bigint"), r.stands(f, part), h.Limit)
	if h.Hold {
		r.put(" FOR NO KEY UPDATE")
	}
	return r.done()
}

// stands says that the record h of a part is not over.
func (r *reckoning) stands(f *form.Form, part HandoverPart) string {
	switch part {
	case HeldRoles:
		return r.notEnded(f)
	case HeldTasks:
		return r.is("h", f.StoredAs("TASK_STATUS", "text"), "IN", "open", "doing")
	case HeldFeedback:
		return r.is("h", f.StoredAs("FEEDBACK_STATUS", "text"), "<>", "closed")
	case HeldReviews:
		status := f.StoredAs("REVIEW_STATUS", "text")
		sql := r.is("h", status, "IS DISTINCT FROM", "held") + r.is("h", status, "IS DISTINCT FROM", "cancelled")
		if x := f.StoredAs("REVIEW_HELD", "date"); x != nil {
			sql += fmt.Sprintf(" AND h.%s IS NULL", x.Column())
		}
		return sql
	}
	return ""
}

func (r *reckoning) notEnded(f *form.Form) string {
	x := f.StoredAs("ROLE_END", "date")
	if x == nil {
		return ""
	}
	return fmt.Sprintf(" AND (h.%s IS NULL OR h.%[1]s >= %s)", x.Column(), r.date(r.day))
}

// HandoverRoles selects the roles of members on customers that have not ended by the
// day: number, version, customer, responsibility, level, scope, first day, last day
// and member. Where members is nil they are anybody's.
func (e Env) HandoverRoles(h Handover, members, customers []int64) Statement {
	who := Holder(h.Catalog, HeldRoles)
	if who == nil {
		return Statement{}
	}
	f := who.Form
	on := f.StoredAs("ROLE_CUSTOMER", "bigint")
	if on == nil {
		return Statement{}
	}
	r := &reckoning{writer: e.writer(f), day: h.Day}
	r.put("SELECT h.id, h.version::bigint, h.%s, %s, %s, %s, %s, %s, h.%s FROM %s h", on.Column(),
		r.or("NULL::text", "h", f.StoredAs("ROLE_RESPONSIBILITY", "text")), r.or("NULL::text", "h", f.StoredAs("ROLE_LEVEL", "text")), r.or("NULL::text", "h", f.StoredAs("ROLE_SCOPE", "text")),
		r.number("h", f.StoredAs("ROLE_START", "date")), r.number("h", f.StoredAs("ROLE_END", "date")), who.Column(), r.table(f))
	r.put(" WHERE h.%s = ANY(%s)", on.Column(), r.arg(Numbers(customers), "bigint[]"))
	if members != nil {
		r.put(" AND h.%s = ANY(%s)", who.Column(), r.arg(Numbers(members), "bigint[]"))
	}
	r.put(" AND h.archived_at IS NULL%s ORDER BY h.id", r.notEnded(f))
	if h.Hold {
		r.put(" FOR NO KEY UPDATE")
	}
	return r.done()
}
