package query_test

import (
	"fmt"
	"slices"
	"testing"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/query"
)

func TestParsePath(t *testing.T) {
	f := thing(t)
	for path, want := range map[string]string{
		"name":            "thing.name",
		"created_at":      "thing.created_at",
		"site":            "thing.site",
		"site.zone.rank":  "thing.site -> site.zone -> zone.rank",
		"created_by.name": "thing.created_by -> member.name",
		"parts":           "thing.parts",
		"nothing":         "INVALID",
		"":                "INVALID",
		"site.":           "INVALID",
		".name":           "INVALID",
		"name.name":       "INVALID",
		"parts.quantity":  "INVALID", // to several records
		"amountDue":       "INVALID", // of the other face
		"created_by.created_by.created_by.created_by.created_by.created_by.name": "TOO_COSTLY",
	} {
		through, x, err := query.ParsePath(f, path)
		got := string(fault.KindOf(err))
		if err == nil {
			got = showGroup(query.Group{Path: through, Field: x})
		}
		if got != want {
			t.Errorf("%q is %s (%v), want %s", path, got, err, want)
		}
	}
}

func TestFieldsOfAFilter(t *testing.T) {
	f, err := query.ParseFilter(thing(t), decode(t, `{"or": [{"name": {"eq": "x"}}, {"not": {"site": {"zone": {"rank": {"gt": 1}}}}}], "parts": {"some": {"quantity": {"gt": 1}}}}`), query.Generic, now)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	query.Fields(f, func(x *form.Field) { got = append(got, x.Form.Key+"."+x.Key) })
	slices.Sort(got)
	if fmt.Sprint(got) != "[part.quantity site.zone thing.name thing.parts thing.site zone.rank]" {
		t.Errorf("fields: %v", got)
	}
}
