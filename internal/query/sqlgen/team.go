package sqlgen

import "fieldwork/internal/form"

// SeatTemplate is the reference of the seats of team templates to their template, nil
// where the organisation has no seats that say who is responsible for what.
func SeatTemplate(cat *form.Catalog) *form.Field {
	x := cat.Purpose("TEAM_SEAT_TEMPLATE")
	if x == nil || !x.IsReference() || !x.Stored() || x.Form.StoredAs("TEAM_SEAT_RESPONSIBILITY", "text") == nil || toMember(x.Form, "TEAM_SEAT_MEMBER") == nil {
		return nil
	}
	return x
}

// TeamSeats selects the seats of a team template, in the order they were made:
// responsibility, member, level and scope. Parameter 1 is the template's number.
func TeamSeats(template *form.Field, id int64) Statement {
	f := template.Form
	r := &reckoning{writer: Env{}.writer(f)}
	r.put("SELECT s.%s, s.%s, %s, %s FROM %s s WHERE s.%s = %s AND s.archived_at IS NULL ORDER BY s.id",
		f.StoredAs("TEAM_SEAT_RESPONSIBILITY", "text").Column(), toMember(f, "TEAM_SEAT_MEMBER").Column(), r.or("NULL::text", "s", f.StoredAs("TEAM_SEAT_LEVEL", "text")),
		r.or("NULL::text", "s", f.StoredAs("TEAM_SEAT_SCOPE", "text")), r.table(f), template.Column(), r.arg(id, "bigint"))
	return r.done()
}

// TeamAlone makes those who assign teams to a customer wait for each other until the
// transaction ends. Nobody else does: a lock of the record would keep others from
// referring to it, in another order than a handover takes roles and customers.
func TeamAlone(customers *form.Form, id int64) Statement {
	return Statement{SQL: "SELECT pg_advisory_xact_lock(hashtextextended('fieldwork team ' || $1::bigint, $2::bigint))", Args: []any{customers.ID, id}}
}

// HandoverAlone makes handovers, and their undoing, wait for each other and for teams
// that are being assigned, until the transaction ends: they take roles in orders of
// their own. TeamsBeside makes teams wait for handovers alone.
func HandoverAlone(c *form.Catalog) Statement {
	return Statement{SQL: "SELECT pg_advisory_xact_lock(hashtextextended('fieldwork handover', $1::bigint))", Args: []any{c.Form("member").ID}}
}

// TeamsBeside is said at HandoverAlone.
func TeamsBeside(c *form.Catalog) Statement {
	return Statement{SQL: "SELECT pg_advisory_xact_lock_shared(hashtextextended('fieldwork handover', $1::bigint))", Args: []any{c.Form("member").ID}}
}
