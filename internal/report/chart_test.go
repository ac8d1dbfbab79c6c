package report

import (
	"fmt"
	"slices"
	"testing"

	"fieldwork/internal/chart"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
)

// result is one that was read, made by hand: keys, then measures.
func result(kind Kind, columns []Column, rows ...[]any) *Result {
	res := &Result{Asked: &Asked{Report: &Report{Labels: label("A report", "报表"), Definition: Definition{Chart: Chart{Kind: kind}}}}, Columns: columns, titles: map[string]string{}}
	for _, v := range rows {
		res.Rows = append(res.Rows, Row{Values: v})
	}
	return res
}

func shown(c chart.Chart) string {
	s := fmt.Sprint(c.Categories)
	for _, x := range c.Series {
		s += " " + x.Name + ":"
		for _, v := range x.Values {
			if v == nil {
				s += " -"
			} else {
				s += fmt.Sprintf(" %g", *v)
			}
		}
	}
	return s
}

func TestCharts(t *testing.T) {
	member := Column{Key: "member", Kind: Record}
	month := Column{Key: "month", Kind: Date, By: "MONTH"}
	tier := Column{Key: "tier", Kind: Option, field: &form.Field{Options: []*form.Option{{Key: "a", Labels: label("Strategic", "战略")}, {Key: "b", Labels: label("Key", "重点")}}}}
	count := Column{Key: "count", Kind: Integer, Measure: true, Additive: true, Labels: label("Count", "数量")}
	rate := Column{Key: "rate", Kind: Decimal, Measure: true, Share: true, Unit: "%", Labels: label("Rate", "比率")}
	text := Column{Key: "first", Kind: Text, Measure: true}
	one := func(n int) int64 { return int64(n) }
	for _, tt := range []struct {
		name    string
		kind    Kind
		columns []Column
		rows    [][]any
		want    string
	}{
		{"measures side by side", Bar, []Column{tier, count, rate, text}, [][]any{{"a", one(1), "50.5", "x"}, {nil, one(2), nil, "y"}}, "[Strategic (none)] Count: 1 2 Rate: 50.5 -"},
		{"two members of one name stay two", Bar, []Column{member, count}, [][]any{{"member_1", one(1)}, {"member_2", one(2)}}, "[Li Lei Li Lei] Count: 1 2"},
		{"months between that have nothing", Line, []Column{month, count}, [][]any{{"2025-11-01", one(1)}, {"2026-02-01", one(2)}}, "[2025-11 2025-12 2026-01 2026-02] Count: 1 - - 2"},
		{"two keys, the second as series in the order of its options", Stacked, []Column{month, tier, count}, [][]any{{"2025-11-01", "b", one(1)}, {"2025-12-01", "a", one(2)}, {"2025-12-01", "b", one(3)}},
			"[2025-11 2025-12] Strategic: - 2 Key: 1 3"},
		{"a heat map has the first key as rows", HeatMap, []Column{tier, month, count}, [][]any{{"a", "2025-11-01", one(1)}, {"b", "2025-11-01", one(2)}}, "[2025-11] Strategic: 1 Key: 2"},
		{"further keys are added up", HeatMap, []Column{tier, month, member, count}, [][]any{{"a", "2025-11-01", "member_1", one(1)}, {"a", "2025-11-01", "member_2", one(2)}}, "[2025-11] Strategic: 3"},
		{"a pie adds up all keys but the first", Pie, []Column{tier, month, count}, [][]any{{"a", "2025-11-01", one(1)}, {"a", "2025-12-01", one(2)}, {"b", "2025-12-01", one(4)}}, "[Strategic Key] Count: 3 4"},
		{"numbers without keys", Number, []Column{count}, [][]any{{one(7)}}, "[] Count: 7"},
		{"nothing", Bar, []Column{tier, count}, nil, "[] Count:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := result(tt.kind, tt.columns, tt.rows...)
			res.titles["member_1"], res.titles["member_2"] = "Li Lei", "Li Lei"
			got, err := res.Chart(Look{Languages: []string{"en"}})
			if err != nil || shown(got) != tt.want {
				t.Errorf("%s (%v), want %s", shown(got), err, tt.want)
			}
			if _, err := chart.Draw(got); err != nil {
				t.Error(err)
			}
		})
	}
	for name, columns := range map[string][]Column{"a share over further keys": {tier, month, rate}, "no number": {tier, text}} {
		if _, err := result(Pie, columns, []any{"a", "2025-11-01", "50"}[3-len(columns):]).Chart(Look{}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatAMeasureIsMadeOfIsTold(t *testing.T) {
	res := result(Line, []Column{{Key: "month", Kind: Date, By: "MONTH"}, {Key: "nps", Kind: Decimal, Measure: true}, {Key: "answers", Kind: Integer, Measure: true}},
		[]any{"2025-11-01", "50", int64(4)}, []any{"2025-12-01", nil, int64(0)}, []any{"2026-01-01", "0", int64(3)})
	res.Report.Answers, res.Report.Chart.Measures = map[string]string{"nps": "answers"}, []string{"nps"}
	c, err := res.Chart(Look{})
	if err != nil || !slices.ContainsFunc(c.Series, func(s chart.Series) bool { return s.Name == "nps (n=7)" }) || c.Subtitle != "nps (n=7)" {
		t.Errorf("%s, %q (%v)", shown(c), c.Subtitle, err)
	}
}

// What is compared is drawn where there is room for it; elsewhere the chart is of the
// period alone, and does not speak of the other one.
func TestChartsOfComparisons(t *testing.T) {
	from, until, to := day(t, "2025-01-01"), day(t, "2025-01-31"), day(t, "2024-12-31")
	begin := day(t, "2024-12-01")
	columns := []Column{{Key: "a", Kind: Text}, {Key: "n", Kind: Integer, Measure: true, Additive: true}, {Key: "m", Kind: Integer, Measure: true, Additive: true}}
	res := result(Bar, columns)
	res.Period, res.Compared = &Period{&from, &until}, &Period{&begin, &to}
	res.Rows = []Row{{Values: []any{"x", int64(3), int64(1)}, Before: []any{"x", int64(2), int64(1)}}, {Values: []any{"y", int64(0), int64(0)}, Before: []any{"y", int64(5), int64(1)}, before: true}}
	for _, tt := range []struct {
		measures []string
		kind     Kind
		want     string
		subtitle string
	}{
		{[]string{"n"}, Bar, "[x y] n: 3 0 before: 2 5", "n · 2025-01-01 – 2025-01-31 · compared with 2024-12-01 – 2024-12-31"},
		{[]string{"n", "m"}, Bar, "[x] n: 3 m: 1", "2025-01-01 – 2025-01-31"},
		{[]string{"n"}, Pie, "[x] n: 3", "n · 2025-01-01 – 2025-01-31"},
		{[]string{"n"}, Number, "[] n: 3", "2025-01-01 – 2025-01-31 · compared with 2024-12-01 – 2024-12-31"},
	} {
		res.Report.Chart.Measures = tt.measures
		c, err := res.Chart(Look{Kind: tt.kind})
		if err != nil || shown(c) != tt.want || c.Subtitle != tt.subtitle {
			t.Errorf("%v as %s: %s, %q (%v)", tt.measures, tt.kind, shown(c), c.Subtitle, err)
		}
		if tt.kind == Number && (len(c.Before) != 1 || *c.Before[0] != 7) {
			t.Errorf("before it was %v", c.Before)
		}
	}
}
