package query_test

import (
	"strings"
	"testing"

	"fieldwork/internal/query"
)

func showGroup(g query.Group) string {
	out := ""
	for _, x := range g.Path {
		out += x.Form.Key + "." + x.Key + " -> "
	}
	out += g.Field.Form.Key + "." + g.Field.Key
	if g.By != "" {
		out += " by " + string(g.By)
	}
	return out
}

func TestParseGroups(t *testing.T) {
	for _, tt := range []struct{ name, typed, generic, want string }{
		{"none", `null`, `null`, ``},
		{"one in place of a list", `{"field": "AMOUNT_DUE"}`, `{"field": "amount_due"}`, `thing.amount_due`},
		{"several", `[{"field": "STATE"}, {"field": "LEAD"}]`, `[{"field": "state"}, {"field": "lead"}]`, `thing.state, thing.lead`},
		{"a day by itself", `{"field": "DUE_ON"}`, `{"field": "due_on", "by": null}`, `thing.due_on by DAY`},
		{"a moment by a period", `{"field": "SEEN_AT", "by": "QUARTER"}`, `{"field": "seen_at", "by": "QUARTER"}`, `thing.seen_at by QUARTER`},
		{"of another record", `{"of": {"site": {"field": "LEVEL"}}}`, `{"field": "site.level"}`, `thing.site -> site.level`},
		{"two steps away", `{"of": {"site": {"of": {"zone": {"field": "RANK"}}}}}`, `{"field": "site.zone.rank"}`, `thing.site -> site.zone -> zone.rank`},
		{"a period of another record", `{"of": {"site": {"field": "OPENED_ON", "by": "YEAR"}}}`, `{"field": "site.opened_on", "by": "YEAR"}`, `thing.site -> site.opened_on by YEAR`},
		{"of a system reference", `{"of": {"createdBy": {"field": "NAME"}}}`, `{"field": "created_by.name"}`, `thing.created_by -> member.name`},
		{"two periods of one day", `[{"field": "DUE_ON", "by": "YEAR"}, {"field": "DUE_ON", "by": "MONTH"}]`, `[{"field": "due_on", "by": "YEAR"}, {"field": "due_on", "by": "MONTH"}]`, `thing.due_on by YEAR, thing.due_on by MONTH`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for face, raw := range map[query.Face]string{query.Typed: tt.typed, query.Generic: tt.generic} {
				groups, err := query.ParseGroups(thing(t), decode(t, raw), face)
				var got []string
				for _, g := range groups {
					got = append(got, showGroup(g))
				}
				if err != nil || strings.Join(got, ", ") != tt.want {
					t.Errorf("face %d: got %q, %v; want %s", face, got, err, tt.want)
				}
			}
		})
	}
}

func TestParseGroupsRefuses(t *testing.T) {
	many := `[` + strings.Repeat(`{"field": "STATE"},`, query.MaxGroupKeys) + `{"field": "STATE"}]`
	deep := `{"field": "NAME"}`
	for range query.MaxGroupPath + 1 {
		deep = `{"of": {"createdBy": ` + deep + `}}`
	}
	for _, tt := range []struct {
		name string
		face query.Face
		raw  string
		want string
	}{
		{"a text", query.Typed, `"STATE"`, `0: expected an object with field, by, of`},
		{"nothing", query.Typed, `{}`, `0.field: a group needs a field`},
		{"an unknown part", query.Generic, `{"field": "state", "of": {}}`, `0.of: a group has no part "of"`},
		{"an unknown field", query.Typed, `{"field": "NOTHING"}`, `0.field: form thing has no field "NOTHING" to group by`},
		{"a field by the other face's name", query.Generic, `{"field": "STATE"}`, `0.field: form thing has no field "STATE" to group by`},
		{"an id", query.Generic, `{"field": "id"}`, `0.field: form thing has no field "id" to group by`},
		{"children", query.Generic, `{"field": "parts"}`, `0.field: form thing has no field "parts" to group by`},
		{"through children", query.Generic, `{"field": "parts.name"}`, `0.field: form thing has no reference "parts"`},
		{"through an id", query.Generic, `{"field": "id.name"}`, `0.field: form thing has no reference "id"`},
		{"an empty step", query.Generic, `{"field": "site..name"}`, `0.field: form site has no reference ""`},
		{"two references", query.Typed, `{"of": {"site": {"field": "NAME"}, "lead": {"field": "NAME"}}}`, `0.of: expected an object of one reference with a group of the record behind it`},
		{"a period of a number", query.Typed, `{"field": "SIZE", "by": "DAY"}`, `0.by: size is no date: only those are grouped by a period`},
		{"an unknown period", query.Generic, `{"field": "due_on", "by": "HOUR"}`, `0.by: expected DAY, WEEK, MONTH, QUARTER or YEAR`},
		{"twice the same", query.Generic, `[{"field": "due_on"}, {"field": "due_on", "by": "DAY"}]`, `1: is there already`},
		{"too many", query.Typed, many, `TOO_COSTLY : records are grouped by at most 10 keys`},
		{"too far", query.Typed, deep, "TOO_COSTLY 0" + strings.Repeat(".of.createdBy", query.MaxGroupPath+1) + `: a path walks at most 5 references`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := query.ParseGroups(thing(t), decode(t, tt.raw), tt.face)
			if got := faults(err); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
}

// Items of several lists multiply the rows that PostgreSQL must group.
func TestParseGroupsLimitsLists(t *testing.T) {
	gauge := thing(t).Catalog.Form("gauge")
	_, err := query.ParseGroups(gauge, decode(t, `[{"field": "tags"}, {"field": "open"}, {"field": "helpers"}]`), query.Generic)
	if err != nil {
		t.Error(err)
	}
	_, err = query.ParseGroups(gauge, decode(t, `[{"field": "tags"}, {"field": "helpers"}, {"field": "open"}, {"field": "sites"}]`), query.Generic)
	if want := "TOO_COSTLY 3: records are grouped by the items of at most 2 lists"; faults(err) != want {
		t.Errorf("got %s, want %s", faults(err), want)
	}
}

func TestParseMetricsAndOrders(t *testing.T) {
	f := thing(t)
	groups, err := query.ParseGroups(f, decode(t, `[{"field": "state"}, {"field": "due_on", "by": "YEAR"}]`), query.Generic)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ metric, want string }{
		{`{"function": "COUNT"}`, ``}, {`{"function": "SUM", "field": "size"}`, ``}, {`{"function": "MAX", "field": "name"}`, ``}, {`{"function": "COUNT_DISTINCT", "field": "lead"}`, ``},
		{`{"function": "COUNT", "field": "size"}`, `0.field: COUNT counts records and takes no field`},
		{`{"function": "MODE", "field": "size"}`, `0.function: expected COUNT, COUNT_DISTINCT, SUM, AVG, MIN, MAX or MEDIAN`},
		{`{"field": "size"}`, `0.function: expected COUNT, COUNT_DISTINCT, SUM, AVG, MIN, MAX or MEDIAN`},
		{`{"function": "SUM"}`, `0.field: form thing has no field ""`},
		{`{"function": "AVG", "field": "due_on"}`, `0.field: there is no AVG of due_on, which is of kind DATE`},
		{`{"function": "SUM", "field": "site"}`, `0.field: there is no SUM of site, which is of kind REFERENCE`},
		{`{"function": "MIN", "field": "state"}`, `0.field: there is no MIN of state, which is of kind CHOICE`},
		{`{"function": "SUM", "field": "version"}`, `0.field: there is no SUM of version, which is of kind INTEGER`},
		{`{"function": "SUM", "field": "size", "as": "x"}`, `0.as: a metric has no part "as"`},
		{`"SUM"`, `0: expected an object with function, field`},
		{`[` + strings.Repeat(`{"function": "COUNT"},`, query.MaxMetrics) + `{"function": "COUNT"}]`, `TOO_COSTLY : an aggregation has at most 200 metrics`},
	} {
		if _, err := query.ParseMetrics(f, decode(t, tt.metric)); err == nil && tt.want != "" || err != nil && faults(err) != tt.want {
			t.Errorf("%.80s: %s, want %s", tt.metric, faults(err), tt.want)
		}
	}
	for _, tt := range []struct{ order, want string }{
		{`null`, ``}, {`{"group": {"field": "state"}}`, ``}, {`[{"function": "COUNT", "direction": "DESC", "nulls": "FIRST"}, {"function": "AVG", "field": "size"}]`, ``},
		{`{"group": {"field": "due_on"}}`, `0.group: is not one of groupBy`},
		{`{"group": {"field": "none"}}`, `0.group.field: form thing has no field "none" to group by`},
		{`{"group": {"field": "state"}, "function": "COUNT"}`, `0.group: an order is by a group or by a metric, not both`},
		{`{"field": "size"}`, `0: an order needs a group or a function`},
		{`{"function": "COUNT", "direction": "UP", "nulls": 1}`, "0.direction: expected ASC or DESC\n0.nulls: expected LAST or FIRST"},
		{`[` + strings.Repeat(`{"function": "COUNT"},`, query.MaxOrder) + `{"function": "COUNT"}]`, `TOO_COSTLY : an order has at most 10 keys`},
	} {
		if _, err := query.ParseGroupOrder(f, groups, decode(t, tt.order), query.Generic); err == nil && tt.want != "" || err != nil && faults(err) != tt.want {
			t.Errorf("%.80s: %s, want %s", tt.order, faults(err), tt.want)
		}
	}
}
