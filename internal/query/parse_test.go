package query_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/orgtest"
	"fieldwork/internal/query"
)

func TestParseFilter(t *testing.T) {
	tests := []struct{ name, typed, generic, want string }{
		{"nothing", `null`, `null`, `nil`},
		{"no condition", `{}`, `{}`, `all`},
		{"one condition", `{"name": {"eq": "x"}}`, `{"name": {"eq": "x"}}`, `thing.name eq ["x"]`},
		{"names of the face", `{"amountDue": {"gte": "1.50"}}`, `{"amount_due": {"gte": "1.50"}}`, `thing.amount_due gte ["1.50"]`},
		{"system fields", `{"createdAt": {"lt": "2026-01-01T08:00:00+08:00"}}`, `{"created_at": {"lt": "2026-01-01T08:00:00+08:00"}}`, `thing.created_at lt ["2026-01-01T00:00:00Z"]`},
		{"its own id", `{"id": {"in": ["thing_1", "thing_2"]}}`, `{"id": {"in": ["thing_1", "thing_2"]}}`, `thing.id in ["1" "2"]`},
		{"two operators must both hold", `{"size": {"gte": 1, "lt": 9}}`, `{"size": {"gte": 1, "lt": 9}}`, `(thing.size gte ["1"] and thing.size lt ["9"])`},
		{"two fields must both hold", `{"size": {"eq": 1}, "checked": {"eq": true}}`, `{"size": {"eq": 1}, "checked": {"eq": true}}`, `(thing.checked eq ["true"] and thing.size eq ["1"])`},
		{"null is not said", `{"name": null, "and": null, "size": {"eq": null, "gt": 1}, "isNull": null}`, `{"name": null, "and": null, "size": {"eq": null, "gt": 1}, "isNull": null}`, `thing.size gt ["1"]`},
		{"and, or, not", `{"or": [{"size": {"eq": 1}}, {"not": {"size": {"eq": 2}}}], "and": [{}]}`, `{"or": [{"size": {"eq": 1}}, {"not": {"size": {"eq": 2}}}], "and": [{}]}`, `((all) and (thing.size eq ["1"] or not thing.size eq ["2"]))`},
		{"an or of nothing holds never", `{"or": []}`, `{"or": []}`, `none`},
		{"one value where a list may be", `{"or": {"size": {"in": 1}}}`, `{"or": {"size": {"in": 1}}}`, `(thing.size in ["1"])`},
		{"an empty list of values", `{"size": {"notIn": []}}`, `{"size": {"notIn": []}}`, `thing.size notIn []`},
		{"an option by enum name or key", `{"state": {"in": ["IN_WORK", "open"]}}`, `{"state": {"in": ["in_work", "OPEN"]}}`, `thing.state in ["in_work" "open"]`},
		{"an archived option can still be asked for", `{"state": {"eq": "LOST"}}`, `{"state": {"eq": "lost"}}`, `thing.state eq ["lost"]`},
		{"an empty text is a text to compare with", `{"name": {"contains": ""}}`, `{"name": {"contains": ""}}`, `thing.name contains [""]`},
		{"a text is compared as it is stored", `{"name": {"eq": "Cafe\u0301"}}`, `{"name": {"eq": "Cafe\u0301"}}`, "thing.name eq [\"Caf\u00e9\"]"},
		{"a range", `{"dueOn": {"between": ["2026-01-01", "2026-12-31"]}}`, `{"due_on": {"between": ["2026-01-01", "2026-12-31"]}}`, `thing.due_on between ["2026-01-01" "2026-12-31"]`},
		{"today is the organisation's", `{"dueOn": {"during": "TODAY"}}`, `{"due_on": {"during": "TODAY"}}`, `thing.due_on during ["2026-11-25" "2026-11-26"]`},
		{"and starts at its midnight", `{"seenAt": {"during": "TODAY"}}`, `{"seen_at": {"during": "TODAY"}}`, `thing.seen_at during ["2026-11-24T16:00:00Z" "2026-11-25T16:00:00Z"]`},
		{"an open period", `{"dueOn": {"during": "OVERDUE"}}`, `{"due_on": {"during": "OVERDUE"}}`, `thing.due_on during ["" "2026-11-25"]`},
		{"is empty", `{"size": {"isNull": true}}`, `{"size": {"isNull": true}}`, `thing.size isNull ["true"]`},
		{"through a reference", `{"site": {"zone": {"rank": {"gt": 1}}, "isNull": false}}`, `{"site": {"zone": {"rank": {"gt": 1}}, "isNull": false}}`, `site -> (missing false and zone -> zone.rank gt ["1"])`},
		{"through a system reference", `{"createdBy": {"name": {"eq": "Olga"}}}`, `{"created_by": {"name": {"eq": "Olga"}}}`, `created_by -> member.name eq ["Olga"]`},
		{"children, all three ways", `{"parts": {"some": {"quantity": {"gt": 1}}, "none": {}, "every": {"thing": {"isNull": false}}}}`, `{"parts": {"some": {"quantity": {"gt": 1}}, "none": {}, "every": {"thing": {"isNull": false}}}}`,
			`(every parts: thing -> missing false and none parts: all and some parts: part.quantity gt ["1"])`},
		{"no word on children", `{"parts": {}}`, `{"parts": {"some": null}}`, `all`},
		{"beyond the field's own range", `{"size": {"eq": -9007199254740991}}`, `{"size": {"eq": "-9007199254740991"}}`, `thing.size eq ["-9007199254740991"]`},
	}
	f := thing(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for face, raw := range map[query.Face]string{query.Typed: tt.typed, query.Generic: tt.generic} {
				got, err := query.ParseFilter(f, decode(t, raw), face, now)
				if err != nil || show(got) != tt.want {
					t.Errorf("face %d: got %s, %v; want %s", face, show(got), err, tt.want)
				}
			}
		})
	}
}

// TestParseFilterRefuses is SEC-29: nothing that is not in the typed filter
// passes, and nothing unknown is ignored.
func TestParseFilterRefuses(t *testing.T) {
	object := "expected an object of conditions"
	tests := []struct{ name, raw, want string }{
		{"a list", `[]`, ": " + object},
		{"a text", `"x"`, ": " + object},
		{"an object for a scalar", `{"name": {"eq": {"$ne": null}}}`, "name.eq: expected text, got an object"},
		{"a list for a scalar", `{"size": {"eq": [1]}}`, "size.eq: expected a number, got a list"},
		{"a text for a number", `{"size": {"eq": "many"}}`, `size.eq: "many" is not a number`},
		{"a number for a text", `{"name": {"eq": 5}}`, "name.eq: expected text, got a number"},
		{"a text for a boolean", `{"checked": {"eq": "true"}}`, "checked.eq: expected true or false, got text"},
		{"a scalar for operators", `{"name": "x"}`, "name: expected an object of operators, such as {eq: ...}"},
		{"a list for operators", `{"name": [{"eq": "x"}]}`, "name: expected an object of operators, such as {eq: ...}"},
		{"an unknown operator beside a known one", `{"name": {"eq": "x", "typo": 1}}`, `name.typo: "typo" is not an operator of name`},
		{"an unknown operator that is null", `{"name": {"$ne": null}}`, `name.$ne: "$ne" is not an operator of name`},
		{"an operator of another kind", `{"checked": {"lt": true}}`, `checked.lt: "lt" is not an operator of checked`},
		{"contains on a number", `{"size": {"contains": "1"}}`, `size.contains: "contains" is not an operator of size`},
		{"an order of ids", `{"id": {"lt": "thing_5"}}`, `id.lt: "lt" is not an operator of id`},
		{"an id of another form", `{"id": {"eq": "part_5"}}`, `id.eq: "part_5" is not the id of a record of form thing`},
		{"an unknown field", `{"constructor": {"eq": 1}}`, `constructor: form thing has no field "constructor" to filter by`},
		{"an unknown field that is null", `{"__proto__": null}`, `__proto__: form thing has no field "__proto__" to filter by`},
		{"the name of the other face", `{"amount_due": {"eq": "1"}}`, `amount_due: form thing has no field "amount_due" to filter by`},
		{"isNull of the record itself", `{"isNull": true}`, "isNull: isNull belongs to a field or a reference, and is true or false"},
		{"isNull of a child", `{"parts": {"some": {"isNull": true}}}`, "parts.some.isNull: isNull belongs to a field or a reference, and is true or false"},
		{"isNull that is no boolean", `{"site": {"isNull": "true"}}`, "site.isNull: isNull belongs to a field or a reference, and is true or false"},
		{"isNull of a field that is no boolean", `{"size": {"isNull": 1}}`, "size.isNull: expected true or false"},
		{"null in a list of values", `{"size": {"in": [1, null]}}`, "size.in.1: expected a value; use isNull to ask for empty fields"},
		{"a list in a list of values", `{"size": {"in": [[1]]}}`, "size.in.0: expected a number, got a list"},
		{"null in a list of conditions", `{"or": [null]}`, "or.0: " + object},
		{"a text in a list of conditions", `{"or": [{}, "x"]}`, "or.1: " + object},
		{"a scalar for conditions", `{"not": true}`, "not: " + object},
		{"a range of one value", `{"size": {"between": [1]}}`, "size.between: expected two values, the lowest and the highest"},
		{"a range that is no list", `{"size": {"between": 1}}`, "size.between: expected two values, the lowest and the highest"},
		{"a range of three", `{"size": {"between": [1, 2, 3]}}`, "size.between: expected two values, the lowest and the highest"},
		{"a reference as a value", `{"site": "site_1"}`, "site: " + object},
		{"a reference with operators", `{"site": {"eq": "site_1"}}`, `site.eq: form site has no field "eq" to filter by`},
		{"children as a list", `{"parts": []}`, "parts: expected {some: ...}, {none: ...} or {every: ...}"},
		{"an unknown quantifier", `{"parts": {"any": {}}}`, `parts.any: expected some, none or every, not "any"`},
		{"an unknown quantifier that is null", `{"parts": {"count": null}}`, `parts.count: expected some, none or every, not "count"`},
		{"children without a filter", `{"parts": {"some": true}}`, "parts.some: " + object},
		{"a period that is none", `{"dueOn": {"during": "LAST_8_DAYS"}}`, `dueOn.during: "LAST_8_DAYS" is not a period such as THIS_WEEK or NEXT_30_DAYS`},
		{"a period that is no text", `{"dueOn": {"during": 7}}`, `dueOn.during: "" is not a period such as THIS_WEEK or NEXT_30_DAYS`},
		{"an option that is none", `{"state": {"eq": "CLOSED"}}`, `state.eq: "CLOSED" is not one of the options`},
		{"no option", `{"state": {"eq": ""}}`, "state.eq: expected a value; use isNull to ask for empty fields"},
		{"the character NUL", `{"name": {"contains": "a\u0000"}}`, "name.contains: text must not hold the character U+0000"},
		{"a date that is none", `{"dueOn": {"gte": "infinity"}}`, `dueOn.gte: "infinity" is not a day such as 2026-01-31`},
		{"everything wrong at once", `{"name": {"eq": 1}, "typo": {}, "or": [{"size": {"eq": true}}, {"site": {"zone": {"rank": {"eq": "x"}}}}]}`,
			"name.eq: expected text, got a number\nor.0.size.eq: expected a number, got a boolean\nor.1.site.zone.rank.eq: \"x\" is not a number\n" + `typo: form thing has no field "typo" to filter by`},
	}
	f := thing(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := query.ParseFilter(f, decode(t, tt.raw), query.Typed, now)
			if faults(err) != tt.want || got != nil {
				t.Errorf("got %s\n%s\nwant\n%s", show(got), faults(err), tt.want)
			}
		})
	}
}

func TestParseFilterRefusesBytesThatAreNoText(t *testing.T) {
	_, err := query.ParseFilter(thing(t), map[string]any{"name": map[string]any{"eq": "\xff"}, "\xfe": nil}, query.Typed, now)
	want := "name.eq: text is not valid UTF-8\n\xfe: form thing has no field \"\\xfe\" to filter by"
	if faults(err) != want {
		t.Errorf("got %q, want %q", faults(err), want)
	}
}

// nest wraps a filter n times.
func nest(n int, wrap func(any) any) any {
	var v any = map[string]any{"size": map[string]any{"eq": 1}}
	for range n {
		v = wrap(v)
	}
	return v
}

func TestParseFilterLimitsDepth(t *testing.T) {
	f := thing(t)
	wraps := map[string]func(any) any{
		"and": func(v any) any { return map[string]any{"and": []any{v}} },
		"or":  func(v any) any { return map[string]any{"or": v} },
		"not": func(v any) any { return map[string]any{"not": v} },
	}
	for name, wrap := range wraps {
		t.Run(name, func(t *testing.T) {
			if _, err := query.ParseFilter(f, nest(query.MaxDepth, wrap), query.Typed, now); err != nil {
				t.Errorf("%d deep: %v", query.MaxDepth, err)
			}
			for _, n := range []int{query.MaxDepth + 1, 500, 100_000} {
				if got, err := query.ParseFilter(f, nest(n, wrap), query.Typed, now); got != nil || fault.KindOf(err) != fault.TooCostly {
					t.Errorf("%d deep: %v, %v; want TOO_COSTLY", n, got, err)
				}
			}
		})
	}
	cycle := `{"size": {"eq": 1}}`
	for range 20 {
		cycle = `{"parts": {"some": {"thing": ` + cycle + `}}}`
	}
	if _, err := query.ParseFilter(f, decode(t, cycle), query.Typed, now); fault.KindOf(err) != fault.TooCostly {
		t.Errorf("there and back between forms: %v; want TOO_COSTLY", err)
	}
}

// TestParseFilterLimitsConditions: a filter that is too large is refused as a
// whole. At no size may a part of it be dropped and the rest go through.
func TestParseFilterLimitsConditions(t *testing.T) {
	f := thing(t)
	const many = 20_000
	shapes := map[string]string{
		"empty items":             `{"or": [` + list(many, `{}`) + `]}`,
		"items of one condition":  `{"or": [` + list(many, `{"size": {"eq": 1}}`) + `]}`,
		"items of two operators":  `{"and": [` + list(many, `{"size": {"gte": 1, "lte": 5}}`) + `], "name": {"eq": "x"}}`,
		"items of many operators": `{"and": [` + list(many, `{"size": {"gte": 1, "lte": 5, "lt": 3, "gt": 2, "ne": 7}, "code": {"lt": "a", "gt": "b"}}`) + `], "not": {"size": {"eq": 1}}}`,
		"children":                `{"or": [` + list(many, `{"parts": {"some": {}, "none": {}}}`) + `]}`,
	}
	for name, text := range shapes {
		t.Run(name, func(t *testing.T) {
			whole := decode(t, text).(map[string]any)
			with := func(n int) any {
				m := maps.Clone(whole)
				for _, key := range []string{"and", "or"} {
					if items, ok := m[key].([]any); ok {
						m[key] = items[:n]
					}
				}
				return m
			}
			refused := false
			for n := range query.MaxNodes + 3 { // every n, since a limit may be stepped over
				got, err := query.ParseFilter(f, with(n), query.Typed, now)
				switch {
				case err == nil && refused:
					t.Fatalf("%d items pass, though fewer did not", n)
				case err == nil && len(items(got)) != n:
					t.Fatalf("of %d items %d are left", n, len(items(got)))
				case err != nil && (got != nil || !hasKind(err, fault.TooCostly)):
					t.Fatalf("%d items: %v, %v; want TOO_COSTLY", n, got, err)
				}
				refused = refused || err != nil
			}
			if !refused {
				t.Errorf("%d items pass", query.MaxNodes+2)
			}
			if _, err := query.ParseFilter(f, with(many), query.Typed, now); !hasKind(err, fault.TooCostly) {
				t.Errorf("%d items: %v; want TOO_COSTLY", many, err)
			}
		})
	}
}

func list(n int, item string) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }

// items are those of the first list in a filter.
func items(f query.Filter) []query.Filter {
	switch f := f.(type) {
	case query.Or:
		return f
	case query.And:
		for _, p := range f {
			if a, ok := p.(query.And); ok {
				return a
			}
		}
		return f
	}
	return nil
}

func TestParseFilterLimitsValues(t *testing.T) {
	f := thing(t)
	if _, err := query.ParseFilter(f, decode(t, `{"size": {"in": [`+list(query.MaxValues, "1")+`]}}`), query.Typed, now); err != nil {
		t.Errorf("%d values: %v", query.MaxValues, err)
	}
	_, err := query.ParseFilter(f, decode(t, `{"size": {"in": [`+list(query.MaxValues+1, "1")+`]}}`), query.Typed, now)
	if want := "TOO_COSTLY size.in: in takes at most 1000 values"; faults(err) != want {
		t.Errorf("got %s, want %s", faults(err), want)
	}
	long := strings.Repeat("a", 4*kind.MaxText)
	if _, err := query.ParseFilter(f, decode(t, `{"body": {"eq": "`+long+`"}}`), query.Typed, now); err != nil {
		t.Errorf("a text of %d bytes: %v", len(long), err)
	}
	_, err = query.ParseFilter(f, decode(t, `{"body": {"eq": "`+long+`a"}}`), query.Typed, now)
	if want := "body.eq: a text to compare with has at most 2000 bytes"; faults(err) != want {
		t.Errorf("got %s, want %s", faults(err), want)
	}
}

func TestParseFilterSaysTwentyFaultsAtMost(t *testing.T) {
	m := map[string]any{}
	for i := range 10_000 {
		m[fmt.Sprintf("typo%d", i)] = 1
	}
	_, err := query.ParseFilter(thing(t), m, query.Typed, now)
	if n := strings.Count(faults(err), "\n") + 1; n > 20 || !hasKind(err, fault.TooCostly) {
		t.Errorf("%d faults: %v", n, err)
	}
}

func TestParseOrder(t *testing.T) {
	tests := []struct{ name, typed, generic, want string }{
		{"nothing", `null`, `null`, ``},
		{"empty list", `[]`, `[]`, ``},
		{"one key", `[{"field": "AMOUNT_DUE"}]`, `[{"field": "amount_due"}]`, `amount_due asc last`},
		{"one key that is no list", `{"field": "SIZE", "direction": "DESC"}`, `{"field": "size", "direction": "DESC"}`, `size desc last`},
		{"all parts", `[{"field": "SIZE", "direction": "ASC", "nulls": "FIRST"}, {"field": "CREATED_AT", "direction": "DESC", "nulls": "LAST"}]`,
			`[{"field": "size", "direction": "ASC", "nulls": "FIRST"}, {"field": "created_at", "direction": "DESC", "nulls": "LAST"}]`, `size asc first, created_at desc last`},
		{"null is not said", `[{"field": "ID", "direction": null, "nulls": null}]`, `[{"field": "id", "direction": null, "nulls": null}]`, `id asc last`},
		{"references by number", `[{"field": "SITE"}, {"field": "CREATED_BY"}]`, `[{"field": "site"}, {"field": "created_by"}]`, `site asc last, created_by asc last`},
	}
	f := thing(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for face, raw := range map[query.Face]string{query.Typed: tt.typed, query.Generic: tt.generic} {
				got, err := query.ParseOrder(f, decode(t, raw), face)
				var keys []string
				for _, o := range got {
					keys = append(keys, fmt.Sprintf("%s %s %s", o.Field.Key, map[bool]string{true: "desc", false: "asc"}[o.Desc], map[bool]string{true: "first", false: "last"}[o.NullsFirst]))
				}
				if err != nil || strings.Join(keys, ", ") != tt.want {
					t.Errorf("face %d: got %q, %v; want %q", face, keys, err, tt.want)
				}
			}
		})
	}
}

func TestParseOrderRefuses(t *testing.T) {
	field := func(name string) string { return fmt.Sprintf("0.field: form thing has no field %q to order by", name) }
	tests := []struct{ name, raw, want string }{
		{"a text", `"SIZE"`, "0: expected an object with field, direction and nulls"},
		{"null in the list", `[null]`, "0: expected an object with field, direction and nulls"},
		{"no field", `[{"direction": "ASC"}]`, "0.field: an order needs a field"},
		{"null for the field", `[{"field": null}]`, "0.field: an order needs a field"},
		{"an unknown field", `[{"field": "TYPO"}]`, field("TYPO")},
		{"a field that is no text", `[{"field": ["SIZE"]}]`, field("")},
		{"the key in the typed face", `[{"field": "size"}]`, field("size")},
		{"children", `[{"field": "PARTS"}]`, field("PARTS")},
		{"an unknown direction", `[{"field": "SIZE", "direction": "asc"}]`, "0.direction: expected ASC or DESC"},
		{"an empty direction", `[{"field": "SIZE", "direction": ""}]`, "0.direction: expected ASC or DESC"},
		{"a direction that is no text", `[{"field": "SIZE", "direction": true}]`, "0.direction: expected ASC or DESC"},
		{"unknown nulls", `[{"field": "SIZE", "nulls": "NONE"}]`, "0.nulls: expected FIRST or LAST"},
		{"an unknown part", `[{"field": "SIZE", "collate": "C"}]`, `0.collate: an order has no part "collate"`},
		{"everything wrong at once", `[{"field": "SIZE"}, {"direction": 1, "nulls": 2, "typo": null}, {"field": "TYPO"}]`,
			"1.field: an order needs a field\n1.direction: expected ASC or DESC\n1.nulls: expected FIRST or LAST\n1.typo: an order has no part \"typo\"\n2.field: form thing has no field \"TYPO\" to order by"},
		{"eleven keys", `[` + list(query.MaxOrder+1, `{"field": "SIZE"}`) + `]`, "TOO_COSTLY : an order has at most 10 keys"},
	}
	f := thing(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := query.ParseOrder(f, decode(t, tt.raw), query.Typed)
			if faults(err) != tt.want || got != nil {
				t.Errorf("got %v\n%s\nwant\n%s", got, faults(err), tt.want)
			}
		})
	}
	if _, err := query.ParseOrder(f, decode(t, `{"field": "AMOUNT_DUE"}`), query.Generic); err == nil {
		t.Error("the generic face takes the typed face's name")
	}
}

func TestOnMissing(t *testing.T) {
	tests := []struct {
		raw  string
		want bool
	}{
		{`{}`, true},
		{`{"or": []}`, false},
		{`{"not": {}}`, false},
		{`{"size": {"eq": 1}}`, false},
		{`{"size": {"ne": 1}}`, true},
		{`{"size": {"in": [1]}}`, false},
		{`{"size": {"notIn": []}}`, true},
		{`{"size": {"lt": 1}}`, false},
		{`{"not": {"size": {"lt": 1}}}`, true},
		{`{"size": {"between": [1, 2]}}`, false},
		{`{"name": {"contains": ""}}`, false},
		{`{"dueOn": {"during": "OVERDUE"}}`, false},
		{`{"size": {"isNull": true}}`, true},
		{`{"size": {"isNull": false}}`, false},
		{`{"size": {"ne": 1}, "name": {"eq": "x"}}`, false},
		{`{"or": [{"size": {"ne": 1}}, {"name": {"eq": "x"}}]}`, true},
		{`{"site": {"isNull": true}}`, true},
		{`{"site": {"isNull": false}}`, false},
		{`{"site": {"zone": {"rank": {"ne": 1}}}}`, true},
		{`{"parts": {"some": {}}}`, false},
		{`{"parts": {"none": {}}}`, true},
		{`{"parts": {"every": {"name": null}}}`, true},
		{`{"helpers": {"hasAll": []}}`, true},
		{`{"helpers": {"hasAll": ["member_1"]}}`, false},
		{`{"helpers": {"hasAny": []}}`, false},
		{`{"tags": {"hasAll": []}}`, false},
	}
	for _, tt := range tests {
		f := thing(t)
		if strings.Contains(tt.raw, "helpers") || strings.Contains(tt.raw, "tags") {
			f = f.Catalog.Form("gauge")
		}
		filter, err := query.ParseFilter(f, decode(t, tt.raw), query.Typed, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := query.OnMissing(filter); got != tt.want {
			t.Errorf("%s of a missing record is %t, want %t", tt.raw, got, tt.want)
		}
	}
}

func TestArchivedRecordsAreLeftOutUnlessAskedFor(t *testing.T) {
	f := thing(t)
	for raw, live := range map[string]bool{
		`null`: true, `{}`: true, `{"size": {"eq": 1}}`: true,
		`{"archivedAt": {"isNull": false}}`:                       false,
		`{"or": [{}, {"not": {"archivedAt": {"isNull": true}}}]}`: false,
		`{"site": {"archivedAt": {"isNull": false}}}`:             true,
		`{"parts": {"some": {"archivedAt": {"isNull": false}}}}`:  true,
	} {
		filter, err := query.ParseFilter(f, decode(t, raw), query.Typed, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := (query.List{Form: f, Filter: filter}).LiveOnly(); got != live {
			t.Errorf("%s: live only is %t, want %t", raw, got, live)
		}
	}
}

// TestNullSaysNothing: whatever a filter may say, null there is as if it were not
// said.
func TestNullSaysNothing(t *testing.T) {
	t.Parallel()
	cat := orgtest.EveryKind(t).Catalog(t)
	for form, raw := range map[string]map[string]any{
		"gauge": {"and": nil, "size": nil, "name": map[string]any{"eq": nil}, "sites": map[string]any{"has": nil, "hasAny": nil, "isNull": nil, "some": nil}, "thing": nil},
		"team":  {"within": nil, "withinMine": nil, "not": nil},
	} {
		if _, err := query.ParseFilter(cat.Form(form), raw, query.Generic, time.Now()); err != nil {
			t.Errorf("%s: %v", form, err)
		}
	}
}
