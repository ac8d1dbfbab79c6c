package main

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// DIV is the division table of 200 customers of one region, between two revenues, with
// the gaps and the workload of them.

func init() {
	// Before what is written, which the reference knows less of.
	at := slices.IndexFunc(questions, func(q question) bool { return q.writes })
	questions = slices.Insert(questions, at, question{name: "DIV", ways: []string{"levels"}, draw: drawDivision,
		text: `query DIV($region: CustomerRegion!, $low: Decimal!, $high: Decimal!) { divisionTable(first: 200, filter: {region: {eq: $region}, annualRevenue: {gte: $low, lte: $high}}, orderBy: [{field: ANNUAL_REVENUE, direction: DESC}]) {
  rows { customer { id name } cells { responsibility state members { member { name } levels deputy { name } } } tasks { open doing overdue done progress key } lastContact rating openIssues }
  gaps { customer { id } responsibility kind severity since }
  workload { member { id name } accounts rolesByLevel { accountable responsible support consulted informed } openTasks overdueTasks points openHours utilisation verdict }
  evenness } }`})
}

// drawDivision draws 200 customers that follow each other in a region's list, and gives
// the reference the day of the table and the time zone.
func drawDivision(ctx context.Context, w *world) (func() (map[string]any, []string), error) {
	data, err := w.graphql(ctx, `{ divisionTable(first: 1) { asOf } organisation { timeZone } }`, nil)
	if err != nil {
		return nil, err
	}
	var now struct {
		DivisionTable struct{ AsOf string }
		Organisation  struct{ TimeZone string }
	}
	if err := json.Unmarshal(data, &now); err != nil {
		return nil, err
	}
	rows, err := w.db.QueryContext(ctx, `SELECT region, annual_revenue::text FROM reference.customer c WHERE id < 1000000000 ORDER BY region, c.annual_revenue DESC`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	revenues := map[string][]string{}
	var regions []string
	for rows.Next() {
		var region, revenue string
		if err := rows.Scan(&region, &revenue); err != nil {
			return nil, err
		}
		if revenues[region] == nil {
			regions = append(regions, region)
		}
		revenues[region] = append(revenues[region], revenue)
	}
	r := rand.New(rand.NewPCG(5, 6))
	return func() (map[string]any, []string) {
		region := regions[r.IntN(len(regions))]
		list := revenues[region]
		n := min(200, len(list))
		at := r.IntN(len(list) - n + 1)
		high, low := list[at], list[at+n-1]
		return map[string]any{"region": region, "low": low, "high": high}, []string{region, low, high, now.DivisionTable.AsOf, now.Organisation.TimeZone}
	}, rows.Err()
}

// The reference reads each level once and figures the table here. It knows of the
// settings only their defaults, and that the data has no absences, no days of roles, no
// estimates and one role for each responsibility of a customer: what a product has to
// look at, it need not.
const (
	divCustomers = `SELECT c.id, c.name, c.tier, (c.created_at AT TIME ZONE $4)::date::text FROM reference.customer c
		WHERE c.region = $1 AND c.annual_revenue >= $2::numeric AND c.annual_revenue <= $3::numeric ORDER BY c.annual_revenue DESC, c.id DESC LIMIT 200`
	divRoles = `SELECT p.pos - 1, lower(r.responsibility), strpos('ARSCI', r.level) - 1, r.member FROM unnest($1::bigint[]) WITH ORDINALITY p (id, pos)
		JOIN reference.role r ON r.customer = p.id JOIN reference.member m ON m.id = r.member AND m.status = 'ACTIVE'`
	divTasks = `SELECT p.pos - 1, t.assignee, t.status, coalesce(t.due_on < $2::date, false), coalesce(t.due_on <= $2::date + 28, false), t.progress, CASE WHEN t.status IN ('OPEN', 'DOING') THEN t.title END
		FROM unnest($1::bigint[]) WITH ORDINALITY p (id, pos) CROSS JOIN LATERAL (SELECT * FROM reference.task t WHERE t.customer = p.id AND t.status <> 'CANCELLED' ORDER BY t.due_on, t.id) t ORDER BY p.pos, t.due_on, t.id`
	divFeedback = `SELECT p.pos - 1, (max(f.occurred_at) FILTER (WHERE f.channel <> 'INTERNAL') AT TIME ZONE $3)::date::text,
		(avg(f.rating) FILTER (WHERE f.occurred_at >= ($2::date - 179)::timestamp AT TIME ZONE $3))::float8, count(*) FILTER (WHERE f.kind IN ('COMPLAINT', 'PROBLEM') AND f.status IS DISTINCT FROM 'CLOSED')
		FROM unnest($1::bigint[]) WITH ORDINALITY p (id, pos) JOIN reference.feedback f ON f.customer = p.id WHERE f.occurred_at < ($2::date + 1)::timestamp AT TIME ZONE $3 GROUP BY 1`
	divMembers = `SELECT id, name FROM reference.member`
)

var (
	divColumns  = []string{"account_manager", "sales", "solution", "technical_support", "delivery", "after_sales", "success", "order_desk", "finance", "legal", "sponsor"}
	divRequired = map[string][]string{"A": {"account_manager", "sales", "solution", "technical_support", "delivery", "after_sales", "finance", "sponsor"},
		"B": {"account_manager", "sales", "technical_support", "after_sales"}, "C": {"account_manager", "after_sales"}, "D": {"account_manager"}}
	divTier  = map[string]float64{"A": 4, "B": 2, "C": 1, "D": 0.5}
	divLevel = [5]float64{1, 0.8, 0.4, 0.2, 0.05}
)

// divRow is a customer of the table; level is -1 where nobody is.
type divRow struct {
	id                    int64
	name, tier, made      string
	level                 [11]int
	member                [11]int64
	open, doing, overdue  int
	done, tasks, progress int
	issues                int64
	key                   []string
	contact               sql.NullString
	rating                sql.NullFloat64
}

type divLoad struct {
	name                    string
	accounts, open, overdue int
	levels                  [5]int
	points                  float64
	left, soon              int // of tasks, in hundredths
	id, account             int64
}

// each reads rows of a statement into the same places.
func (h *handler) each(ctx context.Context, text string, args, into []any, row func()) error {
	rows, err := h.query(ctx, text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		row()
	}
	return rows.Err()
}

func (h *handler) division(ctx context.Context, b []byte, args []any) ([]byte, error) {
	day, zone := args[3], args[4]
	list := make([]divRow, 0, 200)
	var c divRow
	for i := range c.level {
		c.level[i] = -1
	}
	err := h.each(ctx, divCustomers, []any{args[0], args[1], args[2], zone}, []any{&c.id, &c.name, &c.tier, &c.made}, func() { list = append(list, c) })
	if err != nil {
		return nil, err
	}
	numbers := make([]int64, len(list))
	for i := range list {
		numbers[i] = list[i].id
	}
	ids := array(numbers)
	by := map[int64]*divLoad{}
	of := func(id int64) *divLoad {
		if by[id] == nil {
			by[id] = &divLoad{id: id, account: -1}
		}
		return by[id]
	}
	var pos, member int64
	var what, status string
	var level, progress int
	err = h.each(ctx, divRoles, []any{ids}, []any{&pos, &what, &level, &member}, func() {
		row, at, l := &list[pos], slices.Index(divColumns, what), of(member)
		row.level[at], row.member[at] = level, member
		l.levels[level]++
		l.points += divTier[row.tier] * divLevel[level]
	})
	if err != nil {
		return nil, err
	}
	for i := range list {
		for at, l := range list[i].level {
			if l == 0 || l == 1 {
				if m := by[list[i].member[at]]; m.account != int64(i) {
					m.account = int64(i)
					m.accounts++
				}
			}
		}
	}
	var late, soon bool
	var title sql.NullString
	err = h.each(ctx, divTasks, []any{ids, day}, []any{&pos, &member, &status, &late, &soon, &progress, &title}, func() {
		row := &list[pos]
		row.tasks++
		if status == "DONE" {
			row.done++
			row.progress += 100
			return
		}
		row.progress += progress
		if status == "OPEN" {
			row.open++
		} else {
			row.doing++
		}
		if len(row.key) < 3 {
			row.key = append(row.key, title.String)
		}
		l := of(member)
		l.open++
		l.left += 100 - progress
		if soon {
			l.soon += 100 - progress
		}
		if late {
			row.overdue++
			l.overdue++
		}
	})
	if err != nil {
		return nil, err
	}
	var contact sql.NullString
	var rating sql.NullFloat64
	var issues int64
	err = h.each(ctx, divFeedback, []any{ids, day, zone}, []any{&pos, &contact, &rating, &issues}, func() {
		list[pos].contact, list[pos].rating, list[pos].issues = contact, rating, issues
	})
	if err != nil {
		return nil, err
	}
	people := make(map[int64]string, 200)
	var name string
	if err = h.each(ctx, divMembers, nil, []any{&member, &name}, func() { people[member] = name }); err != nil {
		return nil, err
	}
	return divAnswer(b, list, by, people), nil
}

func four(v float64) float64 { return math.Round(v*1e4) / 1e4 }

func divAnswer(b []byte, list []divRow, by map[int64]*divLoad, people map[int64]string) []byte {
	gaps := make([]byte, 0, 64<<10)
	b = append(b, `{"data":{"divisionTable":{"rows":[`...)
	for i := range list {
		row := &list[i]
		b = fmt.Appendf(comma(b, i), `{"customer":{"id":"customer_%d","name":`, row.id)
		b = append(quoted(b, []byte(row.name)), `},"cells":[`...)
		for at, what := range divColumns {
			l := row.level[at]
			state, kind := "NOT_REQUIRED", ""
			required := slices.Contains(divRequired[row.tier], what)
			if required || l >= 0 {
				state = "FILLED"
			}
			if required && l != 0 {
				state, kind = "GAP", `MISSING","severity":"HIGH`
				if l == 1 {
					kind = `NO_ACCOUNTABLE","severity":"MEDIUM`
				}
				gaps = fmt.Appendf(comma(gaps, len(gaps)), `{"customer":{"id":"customer_%d"},"responsibility":"%s","kind":"%s","since":"%s"}`, row.id, what, kind, row.made)
			}
			b = append(append(comma(b, at), `{"responsibility":"`...), what...)
			b = append(append(append(b, `","state":"`...), state...), `","members":[`...)
			if l >= 0 {
				b = quoted(append(b, `{"member":{"name":`...), []byte(people[row.member[at]]))
				b = append(append(append(b, `},"levels":["`...), "ARSCI"[l]), `"],"deputy":null}`...)
			}
			b = append(b, `]}`...)
		}
		b = fmt.Appendf(b, `],"tasks":{"open":%d,"doing":%d,"overdue":%d,"done":%d,"progress":`, row.open, row.doing, row.overdue, row.done)
		if row.tasks > 0 {
			b = fmt.Append(b, four(float64(row.progress)/float64(row.tasks)))
		} else {
			b = append(b, "null"...)
		}
		b = append(b, `,"key":[`...)
		for k, title := range row.key {
			b = quoted(comma(b, k), []byte(title))
		}
		b = append(b, `]},"lastContact":`...)
		if row.contact.Valid {
			b = quoted(b, []byte(row.contact.String))
		} else {
			b = append(b, "null"...)
		}
		b = append(b, `,"rating":`...)
		if row.rating.Valid {
			b = fmt.Append(b, four(row.rating.Float64))
		} else {
			b = append(b, "null"...)
		}
		b = fmt.Appendf(b, `,"openIssues":%d}`, row.issues)
	}
	b = append(append(append(b, `],"gaps":[`...), gaps...), `],"workload":[`...)
	return divWorkload(b, by, people)
}

func divWorkload(b []byte, by map[int64]*divLoad, people map[int64]string) []byte {
	all := make([]*divLoad, 0, len(by))
	sum := 0.0
	for id, l := range by {
		l.name, l.points = people[id], four(l.points)
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b *divLoad) int {
		return cmp.Or(cmp.Compare(b.points, a.points), cmp.Compare(a.name, b.name))
	})
	weighted := 0.0
	for i, l := range all {
		sum += l.points
		weighted += float64(len(all)-1-2*i) * l.points
	}
	mean := sum / float64(max(1, len(all)))
	for i, l := range all {
		used := four(4 * float64(l.soon) / 100 / 160)
		verdict := "BALANCED"
		switch {
		case l.points > 1.5*mean+1e-9 || used > 1:
			verdict = "OVER"
		case l.points < 0.5*mean-1e-9 && used < 0.5:
			verdict = "UNDER"
		}
		b = fmt.Appendf(comma(b, i), `{"member":{"id":"member_%d","name":"%s"},"accounts":%d,"rolesByLevel":{"accountable":%d,"responsible":%d,"support":%d,"consulted":%d,"informed":%d},`,
			l.id, l.name, l.accounts, l.levels[0], l.levels[1], l.levels[2], l.levels[3], l.levels[4])
		b = fmt.Appendf(b, `"openTasks":%d,"overdueTasks":%d,"points":%v,"openHours":%v,"utilisation":%v,"verdict":"%s"}`, l.open, l.overdue, l.points, four(float64(l.left)/25), used, verdict)
	}
	evenness := 0.0
	if sum > 0 {
		evenness = four(weighted / (float64(len(all)) * sum))
	}
	return fmt.Appendf(b, `],"evenness":%v}}}`, evenness)
}
