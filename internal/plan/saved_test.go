package plan_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/form/kind"
	"fieldwork/internal/plan"
	"fieldwork/internal/query"
)

// savedRows compares an aggregation as a data source with the same aggregation
// asked as it is: all of its rows, a page of them, and those that hold a value.
func (r *run) savedRows(a askedGroups) {
	r.Helper()
	a.typed = false
	a.Metrics = slices.Clone(a.Metrics)
	for _, o := range a.Order { // a saved one is ordered by its columns
		if o.Group < 0 {
			a.Metric(o.Metric)
		}
	}
	a.First = query.MaxGroups
	plain := r.groupRows(a)
	s := a
	s.Saved = &query.Saved{}
	for i := range a.Groups {
		s.Saved.Names = append(s.Saved.Names, "k"+strconv.Itoa(i))
	}
	for i := range a.Metrics {
		s.Saved.Names = append(s.Saved.Names, "m"+strconv.Itoa(i))
	}
	r.sameRows(a, "all rows", r.groupRows(s), plain)
	page := s
	page.First = 3
	page.Saved = &query.Saved{Names: s.Saved.Names, Offset: 1}
	r.sameRows(a, "a page", r.groupRows(page), plain[min(1, len(plain)):min(4, len(plain))])
	for _, x := range s.Columns("rows").Fields {
		r.savedFilter(s, x, plain)
	}
}

// savedFilter asks for the rows that hold nothing in a column, and for those that
// hold what some row does.
func (r *run) savedFilter(s askedGroups, x *form.Field, plain []map[string]json.RawMessage) {
	i, _ := strconv.Atoi(x.Key[1:])
	value := json.RawMessage("null")
	exact := x.Key[0] == 'k' || s.Metrics[i].Function != query.Sum && s.Metrics[i].Function != query.Min && s.Metrics[i].Function != query.Max // 1.5 and 1.50 are equal
	if len(plain) > 0 && exact && (x.IsReference() || slices.Contains(x.Value.Operators(), kind.Eq)) {
		value = plain[r.IntN(len(plain))][x.Key]
		if x.Value.Name() == "INTEGER" && len(value) > 15 { // what is computed may pass what a filter takes
			value = json.RawMessage("null")
		}
	}
	var condition any = map[string]any{"isNull": true}
	if string(value) != "null" {
		var v any
		d := json.NewDecoder(bytes.NewReader(value))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			r.Fatal(err)
		}
		condition = map[string]any{"eq": v}
		if x.IsReference() {
			condition = map[string]any{"id": condition}
		}
	}
	some := s
	some.Saved = &query.Saved{Names: s.Saved.Names}
	if err := some.ParseRows("rows", map[string]any{x.Key: condition}, nil, r.m.now); err != nil {
		r.Fatalf("%s: %v of %s is refused: %v", s, condition, x.Key, err)
	}
	var want []map[string]json.RawMessage
	for _, row := range plain {
		if string(row[x.Key]) == string(value) {
			want = append(want, row)
		}
	}
	r.sameRows(s, x.Key+" that is "+string(value), r.groupRows(some), want)
}

var decimalText = regexp.MustCompile(`^-?[0-9]+\.[0-9]+$`)

func (r *run) groupRows(a askedGroups) (rows []map[string]json.RawMessage) {
	r.decode(r.answer(plan.Aggregate(a.tree(), r.env())), &rows)
	for _, row := range rows { // of 0.1 and 0.10 any may be the least
		for k, v := range row {
			if text := strings.Trim(string(v), `"`); k[0] == 'm' && len(text)+2 == len(v) && decimalText.MatchString(text) {
				row[k] = json.RawMessage(`"` + strings.TrimRight(strings.TrimRight(text, "0"), ".") + `"`)
			}
		}
	}
	return rows
}

func (r *run) sameRows(a askedGroups, what string, got, want []map[string]json.RawMessage) {
	r.Helper()
	g, _ := json.Marshal(got)
	w, _ := json.Marshal(want)
	if len(got)+len(want) > 0 && string(g) != string(w) {
		r.Fatalf("%s: %s\n got %s\nwant %s", a, what, g, w)
	}
}
