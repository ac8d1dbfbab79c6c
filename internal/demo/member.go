package demo

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"

	"fieldwork/internal/org"
)

const (
	domain     = "@demo.example"
	ownerName  = "Olivia Owner 欧文"
	ownerEmail = "owner" + domain

	// A demo of so many customers has a company of 200 people.
	largeFrom    = 2_000
	largeMembers = 200
)

var jobs = map[string]string{
	management: "Director 总监", accounts: "Head of key accounts 大客户总监", east: "Account manager 客户经理", north: "Account manager 客户经理", south: "Account manager 客户经理",
	sales: "Sales representative 销售代表", solutions: "Solution consultant 解决方案顾问", support: "Support engineer 技术支持工程师",
	delivery: "Project manager 项目经理", service: "Service specialist 售后服务专员", finance: "Finance partner 财务专员",
}

// accountTeam is the team that manages the accounts of a region.
var accountTeam = map[string]string{
	"east": east, "central": east, "north": north, "northeast": north, "northwest": north, "south": south, "southwest": south, "overseas": south,
}

// teamOf is the team behind each other responsibility.
var teamOf = map[string]string{
	"sales": sales, "solution": solutions, "technical_support": support, "delivery": delivery, "after_sales": service, "success": service,
	"order_desk": finance, "finance": finance, "legal": finance, "sponsor": management,
}

type member struct {
	id                int64
	name, email, team string
	job               string
	access            org.Access
	left              bool
	day               int // joined
}

// regulars are the members of every demo, besides the owner.
var regulars = []struct {
	login, name, team, job string
	access                 org.Access
	left                   bool
}{
	{"mei", "Mei Lin 林梅", accounts, "", org.Manager, false},
	{"tom", "Tom Sample", north, "", org.Worker, false},
	{"vera", "Vera Example", management, "Business analyst 经营分析师", org.Viewer, false},
	{"bo", "Bo Chen 陈博", support, "", org.Worker, false},
	{"dana", "Dana Demo", management, "Managing director 总经理", org.Worker, false},
	{"yan", "Yan Zhou 周燕", east, "", org.Worker, false},
	{"hao", "Hao Wu 吴昊", east, "", org.Worker, false},
	{"jing", "Jing Wang 王静", north, "", org.Worker, false},
	{"lei", "Lei Li 李磊", south, "", org.Worker, false},
	{"ana", "Ana Pattern", south, "", org.Worker, false},
	{"kai", "Kai Sun 孙凯", south, "", org.Worker, true},
	{"nina", "Nina Trial", sales, "", org.Worker, false},
	{"feng", "Feng Zhao 赵峰", sales, "", org.Worker, false},
	{"otto", "Otto Model", solutions, "", org.Worker, false},
	{"xin", "Xin He 何欣", solutions, "", org.Worker, false},
	{"ling", "Ling Zheng 郑玲", support, "", org.Worker, true},
	{"yuan", "Yuan Gao 高远", support, "", org.Worker, false},
	{"pia", "Pia Mock", support, "", org.Worker, false},
	{"min", "Min Huang 黄敏", delivery, "", org.Worker, false},
	{"jan", "Jan Draft", delivery, "", org.Worker, false},
	{"tao", "Tao Luo 罗涛", service, "", org.Worker, false},
	{"fay", "Fay Sample", service, "", org.Worker, false},
	{"qiu", "Qiu Tang 唐秋", service, "", org.Worker, false},
	{"eva", "Eva Ledger", finance, "Finance manager 财务经理", org.Worker, false},
}

// The rest of a large company: surnames and given names, combined.
var (
	surnames = []phrase{{"王", "Wang"}, {"李", "Li"}, {"张", "Zhang"}, {"刘", "Liu"}, {"陈", "Chen"}, {"杨", "Yang"}, {"赵", "Zhao"}, {"黄", "Huang"},
		{"周", "Zhou"}, {"吴", "Wu"}, {"徐", "Xu"}, {"孙", "Sun"}, {"胡", "Hu"}, {"朱", "Zhu"}, {"高", "Gao"}, {"林", "Lin"}}
	givenNames = []phrase{{"安", "An"}, {"冰", "Bing"}, {"晨", "Chen"}, {"丹", "Dan"}, {"芳", "Fang"}, {"刚", "Gang"}, {"慧", "Hui"}, {"杰", "Jie"},
		{"岚", "Lan"}, {"萌", "Meng"}, {"宁", "Ning"}, {"鹏", "Peng"}, {"琴", "Qin"}, {"荣", "Rong"}, {"爽", "Shuang"}, {"婷", "Ting"}}
	moreTeams = []string{east, sales, support, service, north, sales, delivery, service, south, support, solutions, finance,
		east, sales, support, service, north, delivery, south, management}
)

// staff are the members of the company, ready to be chosen from.
type staff struct {
	members []member
	owner   int64              // the organisation's own first member, 0: none
	teams   map[string][]int64 // active members by team; viewers take no work
	left    map[string][]int64 // members who left, by team
	workers []int64            // all active members that take work
	leavers []int64
}

func newStaff(first, owner int64, customers int) *staff {
	s := &staff{owner: owner, teams: map[string][]int64{}, left: map[string][]int64{}}
	if owner != 0 {
		s.teams[management] = append(s.teams[management], owner)
	}
	for i, m := range regulars {
		s.add(member{id: first + int64(i), name: m.name, email: m.login + domain, team: m.team, job: m.job, access: m.access, left: m.left, day: i - firstDay})
	}
	if customers < largeFrom {
		return s
	}
	for i := range largeMembers - len(regulars) - 1 {
		// Every pair of names comes once in 256.
		surname, given := surnames[i%16], givenNames[(i/16+i)%16]
		s.add(member{id: first + int64(len(s.members)), name: given.en + " " + surname.en + " " + surname.zh + given.zh,
			email: strings.ToLower(given.en+"."+surname.en) + domain, team: moreTeams[i%len(moreTeams)], access: org.Worker, left: i%22 == 21, day: i%60 - firstDay})
	}
	return s
}

func (s *staff) add(m member) {
	if m.job == "" {
		m.job = jobs[m.team]
	}
	s.members = append(s.members, m)
	switch {
	case m.left:
		s.left[m.team] = append(s.left[m.team], m.id)
		s.leavers = append(s.leavers, m.id)
	case m.access != org.Viewer:
		s.teams[m.team] = append(s.teams[m.team], m.id)
		s.workers = append(s.workers, m.id)
	}
}

// team is who may take a responsibility for customers of a region.
func (s *staff) team(responsibility, region string) string {
	if responsibility == "account_manager" {
		return accountTeam[region]
	}
	return teamOf[responsibility]
}

// other picks one of ids that is not among taken, 0 if there is none.
func other(r *rand.Rand, ids []int64, taken ...int64) int64 {
	start := r.IntN(max(len(ids), 1))
next:
	for i := range ids {
		id := ids[(start+i)%len(ids)]
		for _, t := range taken {
			if t == id {
				continue next
			}
		}
		return id
	}
	return 0
}

var memberKeys = []string{"id", "version", "created_at", "created_by", "updated_at", "updated_by",
	"name", "email", "team", "status", "phone", "job_title"}

func (g *generator) memberRows() iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for i, m := range g.staff.members { // their numbers are kept free for stories
			joined, status, version, changed := g.moment(m.day, 9*60), "active", 1, g.moment(m.day, 9*60)
			if m.left {
				status, version, changed = "left", 2, g.moment(-20-i%40, 17*60)
			}
			by := orNil(g.staff.owner)
			if !yield([]any{m.id, version, joined, by, changed, by,
				m.name, m.email, g.teamID(m.team), status, fmt.Sprintf("+442079460%03d", i+1), m.job}) {
				return
			}
		}
	}
}
