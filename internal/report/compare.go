package report

import (
	"context"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"fieldwork/internal/calendar"
	"fieldwork/internal/fault"
	"fieldwork/internal/pg"
	"fieldwork/internal/query"
)

// compare adds what the rows came to in the other period, and the groups that are only
// there.
func (res *Result) compare(ctx context.Context, c *pg.Conn) error {
	t, err := res.table(ctx, c, res.Compared, *res.Compared.Until)
	if err != nil {
		return err
	}
	if len(t.rows) > MaxRows {
		return fault.New(fault.TooCostly, "at most %d groups are compared: narrow the filter", MaxRows).At("compare")
	}
	before := make(map[string][]any, len(t.rows))
	var order []string
	for _, row := range t.rows {
		key := res.match(row.Values, true)
		before[key] = row.Values
		order = append(order, key)
	}
	for i := range res.Rows {
		row := &res.Rows[i]
		key := res.match(row.Values, false)
		if row.Before = before[key]; row.Before == nil {
			row.Before = res.nothing(row.Values)
		}
		delete(before, key)
	}
	if res.More { // rows that are left out may well be among them
		return nil
	}
	for _, key := range order {
		was, only := before[key]
		if !only {
			continue
		}
		keys := slices.Clone(was)
		for i, col := range res.Columns {
			if !col.Measure {
				keys[i] = res.moved(col, was[i])
			}
		}
		res.Rows = append(res.Rows, Row{Values: res.nothing(keys), Before: was, before: true})
	}
	return nil
}

// match is what rows of the two periods are matched by: their keys, days that the
// period goes by moved from the earlier period into the later one.
func (res *Result) match(values []any, earlier bool) string {
	var b strings.Builder
	for i, col := range res.Columns {
		if col.Measure {
			continue
		}
		v := values[i]
		if earlier {
			v = res.moved(col, v)
		}
		switch v := v.(type) {
		case nil:
			b.WriteString("-")
		case string:
			b.WriteString("s" + v)
		case int64:
			b.WriteString("i" + itoa(v))
		case bool:
			b.WriteString("b" + strconv.FormatBool(v))
		}
		b.WriteByte(0)
	}
	return b.String()
}

// moved is the day of the later period that stands at the place of one of the earlier.
func (res *Result) moved(col Column, v any) any {
	text, ok := v.(string)
	if !ok || !col.period {
		return v
	}
	d, err := calendar.Parse(text)
	if err != nil {
		return v
	}
	n := periods(col.By, begin(col.By, *res.Compared.From), d)
	return later(col.By, begin(col.By, *res.Period.From), n).String()
}

// nothing are the keys of a row with measures of no records: counts and sums are 0.
func (res *Result) nothing(values []any) []any {
	out := slices.Clone(values)
	for i, col := range res.Columns {
		switch {
		case !col.Measure:
		case col.Kind == Integer && (col.Additive || res.Report.Figure != "" || res.counted(col.Key)):
			out[i] = int64(0)
		case col.Additive:
			out[i] = "0"
		default:
			out[i] = nil
		}
	}
	return out
}

// counted says whether a measure counts different values.
func (res *Result) counted(name string) bool {
	i := res.Report.measure(name)
	return i >= 0 && res.Report.Measures[i].Function == string(query.CountDistinct)
}

// fill adds the periods of which there are no records to rows that are grouped by
// nothing but the day that the report's period goes by.
func (res *Result) fill() {
	p := res.Period
	if res.More || p == nil || p.From == nil || p.Until == nil || len(res.q.Groups) != 1 || !res.Columns[0].period || len(res.Report.OrderBy) > 0 {
		return
	}
	col := res.Columns[0]
	there := map[string]Row{}
	for _, row := range res.Rows {
		day, _ := row.Values[0].(string)
		there[day] = row
	}
	var out []Row
	for d := begin(col.By, *p.From); d <= *p.Until; d = next(col.By, d) {
		row, has := there[d.String()]
		if !has {
			keys := make([]any, len(res.Columns))
			keys[0] = d.String()
			row.Values = res.nothing(keys)
			if res.Compared != nil {
				row.Before = res.nothing(keys)
			}
		}
		if out = append(out, row); len(out) > res.First {
			return // too many to show: only those that have something
		}
	}
	res.Rows = out
}

// Change is how much each measure of a row is more than it was, and by how many per
// cent; nil for keys, and where one of both is missing.
func (row Row) Change(columns []Column) (change, percents []any) {
	change, percents = make([]any, len(columns)), make([]any, len(columns))
	if row.Before == nil {
		return change, percents
	}
	for i, col := range columns {
		now, was := rat(row.Values[i]), rat(row.Before[i])
		if !col.numeric() || now == nil || was == nil {
			continue
		}
		by := new(big.Rat).Sub(now, was)
		if col.Kind == Integer {
			change[i] = by.Num().Int64()
		} else {
			change[i] = decimal(by, maxDigits)
		}
		if was.Sign() != 0 && !col.Share {
			by.Quo(by.Mul(by, big.NewRat(100, 1)), new(big.Rat).Abs(was))
			percents[i] = decimal(by, shareDigits)
		}
	}
	return change, percents
}
