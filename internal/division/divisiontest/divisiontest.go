// Package divisiontest makes division tables for tests of what draws and writes
// them: Sample is plausible, Random holds what nobody would type.
package divisiontest

import (
	"strconv"

	"pgregory.net/rapid"

	"fieldwork/internal/calendar"
	"fieldwork/internal/division"
	"fieldwork/internal/form"
	"fieldwork/internal/health"
)

var responsibilities = [][2]string{
	{"客户经理", "Account manager"}, {"销售代表", "Sales"}, {"解决方案", "Solution"}, {"技术支持", "Technical support"}, {"交付", "Delivery"},
	{"售后服务", "After-sales"}, {"客户成功", "Customer success"}, {"商务", "Order desk"}, {"财务", "Finance"}, {"法务", "Legal"}, {"高层对接", "Executive sponsor"},
}

func both(zh, en string) form.Label { return form.Label{"zh": zh, "en": en} }

func of[T any](list []T, i int) T { return list[i%len(list)] }

// Sample is a table of so many customers and responsibilities, always the same.
func Sample(customers, columns int) division.Table {
	day, _ := calendar.Parse("2026-11-26")
	t := division.Table{Bands: health.Defaults, AsOf: day, Organisation: "示例科技 Example Technology", Customers: customers, Evenness: 0.23}
	for i, r := range responsibilities[:columns] {
		t.Columns = append(t.Columns, division.Column{Key: "r" + strconv.Itoa(i), Labels: both(r[0], r[1])})
	}
	for i := range customers {
		t.Rows = append(t.Rows, row(&t, i, day))
	}
	for i := range 12 {
		t.Workload = append(t.Workload, division.Workload{Member: person(i), Accounts: 3 + i, RolesByLevel: [5]int{i, 2, 1, 0, 1}, OpenTasks: 4 * i,
			OverdueTasks: i % 3, Points: 10.25 + float64(i), OpenHours: 12.5 * float64(i), Utilisation: 0.1 * float64(i), Verdict: of([]string{"OVER", "BALANCED", "UNDER"}, i)})
	}
	return t
}

func row(t *division.Table, i int, day calendar.Day) division.Row {
	end, last, review := day.Add(i*37-60), day.Add(-i*3), day.Add(i*5-20)
	progress, rating, trend, score := float64(i*17%101), 2+float64(i*7%30)/10, float64(i%9)-4, float64(35+i*13%65)
	r := division.Row{
		Number: i + 1, LastContact: &last, Rating: &rating, OpenIssues: i % 4, NextReview: &review, ReviewLate: review < day,
		Customer: division.Customer{
			ID: int64(i + 1), Name: of([]string{"示例精密制造（苏州）有限公司", "样例钢铁集团", "Example Pharma Holdings", "演示零售连锁股份有限公司华东分公司", "样本能源"}, i) + " " + strconv.Itoa(i+1),
			Tier:     of([]division.Option{{Key: "a", Labels: both("战略", "Strategic"), Colour: "#B8860B"}, {Key: "b", Labels: both("重点", "Key"), Colour: "#1F5FA8"}, {Key: "c", Labels: both("普通", "Regular")}}, i),
			Industry: division.Option{Key: "x", Labels: of([]form.Label{both("机械制造", "Machinery"), both("钢铁", "Steel"), both("医药", "Pharmaceuticals")}, i)},
			Region:   division.Option{Key: "y", Labels: of([]form.Label{both("华东", "East"), both("华北", "North"), both("华南", "South")}, i)},
			Revenue:  strconv.Itoa((i+3)*1_370_000) + ".50", Currency: "CNY", ContractEnd: &end, Contact: of([]string{"联系人甲", "联系人乙", "Contact C"}, i),
		},
		Tasks: division.Tasks{Open: i % 5, Doing: i % 4, Overdue: i % 3, Done: i % 7, Progress: &progress,
			Key: []string{"第四季度设备升级方案确认", "Quarterly business review", "回款跟进"}[:i%4%4]},
		Health:      &health.Score{Score: &score, Confidence: 0.9, Trend: &trend},
		Improvement: []string{"缩短现场响应时间，建立备件库", "Agree on an escalation path"}[:i%3],
	}
	r.Health.Band = of([]health.Band{health.Critical, health.Critical, health.AtRisk, health.Watch, health.Healthy}, int(score)/20)
	if i%11 == 10 {
		r.Health.Band = health.Unknown
	}
	for c, column := range t.Columns {
		r.Cells = append(r.Cells, cell(t, &r, column.Key, i*3+c*5))
	}
	return r
}

func person(i int) division.Person {
	return division.Person{ID: int64(i), Name: of([]string{"成员一", "成员二", "成员三", "Member Four", "成员五", "Member Six", "成员七"}, i)}
}

func member(i int, levels ...string) division.CellMember {
	p := person(i)
	return division.CellMember{ID: p.ID, Name: p.Name, Levels: levels}
}

// cell makes one of the kinds of cells that there are.
func cell(t *division.Table, r *division.Row, responsibility string, i int) division.Cell {
	gap := func(kind string, s division.Severity) *division.Gap {
		g := division.Gap{CustomerID: r.Customer.ID, Customer: r.Customer.Name, Responsibility: responsibility, Kind: kind, Severity: s, Since: r.LastContact}
		t.Gaps = append(t.Gaps, g)
		return &g
	}
	switch i % 19 {
	case 3, 8, 11:
		return division.Cell{State: division.NotRequired}
	case 5:
		return division.Cell{State: division.IsGap, Required: true, Gap: gap("MISSING", division.High)}
	case 13:
		return division.Cell{State: division.IsGap, Required: true, Gap: gap("NO_ACCOUNTABLE", division.Medium), Members: []division.CellMember{member(i, "R")}}
	case 7:
		d, m := person(i+3), member(i, "A")
		m.Absent, m.Deputy = true, &d
		return division.Cell{State: division.Filled, Required: true, Members: []division.CellMember{m}}
	case 15:
		t.Overlaps = append(t.Overlaps, division.Overlap{CustomerID: r.Customer.ID, Customer: r.Customer.Name, Responsibility: responsibility, Kind: "TWO_ACCOUNTABLE", Severity: division.High, Members: []division.Person{person(i), person(i + 1)}})
		return division.Cell{State: division.IsOverlap, Required: true, Members: []division.CellMember{member(i, "A"), member(i+1, "A")}}
	case 2, 9:
		return division.Cell{State: division.Filled, Required: true, Members: []division.CellMember{member(i, "A", "R"), member(i+2, of([]string{"S", "C", "I"}, i))}}
	}
	return division.Cell{State: division.Filled, Required: true, Members: []division.CellMember{member(i, of([]string{"A", "R", "A"}, i))}}
}

// Text is what people write, and what they should not.
func Text(t *rapid.T) string {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"", " ", "张三", "Max Mustermann", "=1+1", "-2", "@x", "\t=x", "😀👩\u200d👧", "\u202eabc", "a\nb", "x\x00y", "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen",
			"没有空格的非常非常非常非常非常非常非常非常非常非常非常非常非常非常长的客户名称（集团）股份有限公司", "بيت 家 house", `"quoted", and; more`, "𠮷野家", "<script>&amp;"}),
		rapid.StringN(0, 200, 600),
	).Draw(t, "text")
}

// Random is any table of at most so many customers.
func Random(t *rapid.T, most int) division.Table {
	out := Sample(rapid.IntRange(0, most).Draw(t, "customers"), rapid.IntRange(0, len(responsibilities)).Draw(t, "columns"))
	out.Organisation = Text(t)
	for i := range out.Columns {
		if rapid.Bool().Draw(t, "odd label") {
			out.Columns[i].Labels = form.Label{"zh": Text(t)}
		}
	}
	for i := range out.Rows {
		r := &out.Rows[i]
		r.Customer.Name, r.Customer.Contact = Text(t), Text(t)
		r.Customer.Tier.Labels = form.Label{"en": Text(t)}
		r.Customer.Revenue = rapid.SampledFrom([]string{"", "0", "-12.5", "99999999999999999999.99", "12"}).Draw(t, "revenue")
		r.Customer.Currency = rapid.SampledFrom([]string{"", "CNY", "USD"}).Draw(t, "currency")
		r.Tasks.Key, r.Improvement = rapid.SliceOfN(rapid.Custom(Text), 0, 5).Draw(t, "tasks"), rapid.SliceOfN(rapid.Custom(Text), 0, 6).Draw(t, "improvements")
		for c := range r.Cells {
			if rapid.IntRange(0, 3).Draw(t, "odd cell") == 0 {
				for range rapid.IntRange(0, 12).Draw(t, "members") {
					r.Cells[c].Members = append(r.Cells[c].Members, division.CellMember{Name: Text(t), Levels: rapid.SliceOfN(rapid.SampledFrom([]string{"A", "R", "S", "C", "I"}), 0, 5).Draw(t, "levels"),
						Absent: true, Deputy: &division.Person{Name: Text(t)}})
				}
			}
		}
		if rapid.Bool().Draw(t, "bare") {
			r.LastContact, r.Rating, r.Health, r.NextReview, r.Tasks.Progress, r.Customer.ContractEnd = nil, nil, nil, nil, nil, nil
		}
	}
	return out
}
