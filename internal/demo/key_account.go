package demo

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"

	"fieldwork/internal/form/change"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/template"
)

// installKeyAccount installs the template of the same name with its reference
// records. Its forms are filled by Load, as far as an organisation has them.
func installKeyAccount(ctx context.Context, db *pg.DB, forms *change.Store, o org.Organisation) error {
	_, err := template.NewStore(db, forms).Install(ctx, org.Program(o.ID, o.Key), template.Source{Key: "key_account"}, template.Installing{})
	return err
}

// contactsOf is how many contacts each customer has.
const contactsOf = 2

// randomMore is random numbers of an account for the template's forms. They are
// none of the parts, whose number is in the numbers of all others.
func (g *generator) randomMore(n int) *rand.Rand {
	return rand.New(rand.NewPCG(g.Seed^0x6b65795f61636374, uint64(n)*0x9e3779b97f4a7c15))
}

var (
	contactJobs = []phrase{{"信息总监", "CIO"}, {"科技部经理", "Head of technology"}, {"采购主管", "Buyer"}, {"运营总监", "COO"}, {"项目经理", "Project manager"}, {"财务主管", "Controller"}}
	departments = []phrase{{"信息部", "IT"}, {"采购部", "Purchasing"}, {"运营部", "Operations"}, {"财务部", "Finance"}}
	findings    = []phrase{{"整体进展顺利，按计划推进", "On the way as planned"}, {"响应偏慢，需要改进", "Answers are slow and must be better"}, {"有扩展机会", "There is room for more"}, {"系统稳定，用户满意", "Stable, and people are satisfied"}}
	betterments = []phrase{{"每周发送进展报告", "Send a report of progress every week"}, {"安排一次产品培训", "Arrange a product training"}, {"明确值班与升级路径", "Name who is on duty and whom to turn to"}, {"补齐缺岗职责", "Fill the gaps of the team"}}
)

var contactKeys = []string{"id", "version", "created_at", "created_by", "updated_at", "updated_by",
	"customer", "name", "job_title", "department", "phone", "email", "part", "influence", "attitude", "primary", "owner"}

func (g *generator) contactRows() iter.Seq[[]any] {
	return g.rows(func(a account, _ []role, emit func([]any) bool) bool {
		r := g.randomMore(a.n)
		made, by := g.moment(-a.age, 17*60+30), orNil(g.staff.owner)
		for i := range contactsOf {
			n := a.n*contactsOf + i
			part := []string{"decider", "influencer", "implementer", "user"}[min(i+between(r, 0, 2), 3)]
			attitude := []string{"supportive", "neutral", "opposed"}[min(int(a.mood)+between(r, 0, 1), 2)]
			if !emit([]any{g.firstContact + int64(n), 1, made, by, made, by,
				a.id, phrase{fmt.Sprintf("示例联系人%d", n+1), fmt.Sprintf("Example contact %d", n+1)}.in(a.zh), pick(r, contactJobs).in(a.zh),
				pick(r, departments).in(a.zh), fmt.Sprintf("+442079460%03d", n%1000),
				fmt.Sprintf("contact%d@example.com", n+1), part, pick(r, []string{"high", "medium", "low"}), attitude, i == 0, orNil(a.owner)}) {
				return false
			}
		}
		return true
	})
}

// contact is whom feedback of an account is from: every second time nobody is named.
func (g *generator) contact(a account, feedback int64) any {
	if !g.contacts || feedback%2 == 0 {
		return nil
	}
	return g.firstContact + int64(a.n*contactsOf) + feedback/2%contactsOf
}

// review is a periodic review of an account.
type review struct {
	id            int64
	planned, held int // days; never: not held
	status        string
	score         int
	findings      string
	r             *rand.Rand
}

// reviews yields every account with its reviews: one that was held, where the
// account is old enough, and the next one, which some have missed.
func (g *generator) reviews() iter.Seq2[account, []review] {
	return func(yield func(account, []review) bool) {
		next := g.firstReview
		for a := range g.each() {
			days := map[string]int{"a": 90, "b": 90, "c": 180}[a.tier]
			if days == 0 {
				days = 365
			}
			r := g.randomMore(a.n + g.Customers)
			var list []review
			last := -between(r, 5, days)
			if a.age > 100 && -last < a.age && a.status != "prospect" {
				day := g.workday(last)
				list = append(list, review{planned: day, held: day, status: "held", score: max(5-int(a.mood)-between(r, 0, 1), 1), findings: pick(r, findings).in(a.zh), r: r})
			}
			if a.status == "active" && chance(r, 80) {
				list = append(list, review{planned: g.workday(max(last+days, -12)), held: never, status: "planned", r: r})
			}
			for i := range list {
				list[i].id = next
				next++
			}
			if !yield(a, list) {
				return
			}
		}
	}
}

var reviewKeys = []string{"id", "version", "created_at", "created_by", "updated_at", "updated_by",
	"customer", "period", "planned_on", "held_on", "status", "host", "goals", "findings", "score"}

func (g *generator) reviewRows() iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		by := orNil(g.staff.owner)
		for a, list := range g.reviews() {
			for _, v := range list {
				day := g.at(v.planned, 0)
				made := g.moment(max(min(v.planned, 0)-20, -a.age), 17*60+30)
				goals := phrase{"保持稳定并扩大使用", "Stay stable and be used by more"}.in(a.zh)
				if !yield([]any{v.id, 1, made, by, made, by,
					a.id, fmt.Sprintf("%d Q%d", day.Year(), (int(day.Month())+2)/3), g.date(v.planned), g.date(v.held), v.status, orNil(a.owner), goals, orNil(v.findings), orNil(v.score)}) {
					return
				}
			}
		}
	}
}

var improvementKeys = []string{"version", "created_at", "created_by", "updated_at", "updated_by", "review", "content", "owner", "due_on"}

func (g *generator) improvementRows() iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		by := orNil(g.staff.owner)
		for a, list := range g.reviews() {
			for _, v := range list {
				if v.held == never || !chance(v.r, 60) {
					continue
				}
				made := g.moment(v.held, 18*60)
				if !yield([]any{1, made, by, made, by, v.id, pick(v.r, betterments).in(a.zh), orNil(a.owner), g.date(v.held + between(v.r, 14, 60))}) {
					return
				}
			}
		}
	}
}

var absenceKeys = []string{"version", "created_at", "created_by", "updated_at", "updated_by", "member", "from_on", "to_on", "deputy", "reason"}

// absenceRows has every fifth member away: one after the other now, soon, or lately.
func (g *generator) absenceRows() iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		made, by := g.moment(-30, 9*60), orNil(g.staff.owner)
		r := g.randomMore(-1)
		for i, id := range g.staff.workers {
			if i%5 != 2 {
				continue
			}
			from := []int{-1, 12, -25}[i/5%3]
			var deputy any
			if i/5%2 == 0 {
				deputy = orNil(other(r, g.staff.workers, id))
			}
			if !yield([]any{1, made, by, made, by, id, g.date(from), g.date(from + between(r, 2, 6)), deputy, pick(r, []string{"Annual leave 年假", "Training 培训", "Business trip 出差"})}) {
				return
			}
		}
	}
}
