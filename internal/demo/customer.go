package demo

import (
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
)

// Of each 60 customers 8 are of tier A, 14 B, 22 C, 12 D and 4 of none, spread
// so that each third of them is about as heavy as the others.
const (
	block = 60
	tiers = "ACBDCBCADBC-BCD" + "CABCDCBACDCB-CD" + "ACBDCBCADBC-BCD" + "CABCDCBACDCB-CD"
)

// mood is how things go with a customer; it colours ratings, delays and problems.
type mood int

const (
	good mood = iota
	fair
	poor
)

// account is what the rows of one customer have in common.
type account struct {
	n, slot      int // number from 0, and number within its block
	id           int64
	tier         string // "": none
	zh           bool   // its texts are Chinese
	name, short  string
	industry     string
	region, city string
	country      string
	status       string
	mood         mood
	age          int // days since its record was made
	owner        int64
	contract     [2]int // first and last day
	revenue      int    // in thousands
	contactDays  int    // rhythm of its tier
}

func (g *generator) account(n int) account {
	r := g.random(n, partAccount)
	a := account{n: n, slot: n % block, id: g.firstCustomer + int64(n), contactDays: 180, contract: [2]int{never, never}}
	a.zh = a.slot%3 != 2
	a.setTier(r)
	sector, where := a.setName(r)
	a.industry = sector.industry
	a.region, a.city, a.country = where.region, where.name.in(a.zh), "CN"
	if c, abroad := countries[where.name.en]; abroad {
		a.country = c
	}
	a.mood = []mood{good, fair, poor}[weighted(r, 55, 30, 15)]
	a.age = between(r, 120, 730)
	switch {
	case silent[a.slot]:
		a.mood, a.age = poor, between(r, 500, 730)
	case chance(r, 8):
		a.age = between(r, 20, 80)
	}
	a.status = statuses[a.slot]
	if a.status == "" {
		a.status = "active"
	}
	switch a.status {
	case "prospect":
		a.revenue = 0
	case "lost":
		a.mood = poor
		end := -between(r, 20, 150)
		a.contract = [2]int{end - 729, end}
	default:
		end := []int{between(r, -60, -1), between(r, 3, 30), between(r, 31, 180), between(r, 181, 900)}[weighted(r, 5, 8, 27, 60)]
		a.contract = [2]int{end - 365*between(r, 1, 3) + 1, end}
	}
	return a
}

func (a *account) setTier(r *rand.Rand) {
	switch t := tiers[a.slot]; t {
	case 'A':
		a.tier, a.contactDays, a.revenue = "a", 14, between(r, 5_000, 30_000)
	case 'B':
		a.tier, a.contactDays, a.revenue = "b", 30, between(r, 1_000, 5_000)
	case 'C':
		a.tier, a.contactDays, a.revenue = "c", 90, between(r, 100, 1_000)
	case 'D':
		a.tier, a.revenue = "d", between(r, 10, 200)
	default:
		a.revenue = between(r, 10, 150)
	}
}

// silent customers have not been spoken to for long, and statuses are those
// other than active, both by slot.
var (
	silent   = map[int]bool{15: true, 21: true, 52: true, 56: true, 58: true}
	statuses = map[int]string{3: "prospect", 24: "prospect", 33: "prospect", 38: "prospect", 54: "prospect", 57: "prospect",
		13: "paused", 49: "paused", 50: "paused", 14: "lost", 43: "lost"}
)

// Prefixes that say of a name that nobody bears it.
var prefixes = []phrase{{"示例", "Example"}, {"样例", "Sample"}, {"演示", "Demo"}, {"范例", "Specimen"}, {"虚构", "Fictional"}, {"模拟", "Mock"}}

type sector struct {
	industry string
	name     phrase
}

// sectors hold eight kinds of business per industry.
var sectors = func() []sector {
	var out []sector
	for i := range 8 {
		for _, x := range businesses {
			out = append(out, sector{x.industry, x.names[i]})
		}
	}
	return out
}()

// setName names the customer. Names do not repeat within 6 prefixes x 96
// sectors x 41 places; after that they are numbered.
func (a *account) setName(r *rand.Rand) (sector, place) {
	perPlace := len(sectors) * len(prefixes)
	s, turn := a.n%len(sectors), a.n/len(sectors)
	p, where := prefixes[(turn+s)%len(prefixes)], places[weighted(r, placeWeights...)]
	name := phrase{p.zh, p.en + " "}
	// The first 576 customers need no place in their names.
	if round := a.n / perPlace % (len(places) + 1); round > 0 {
		where = places[(round-1+s)%len(places)]
		name.zh += where.name.zh
		name.en += where.name.en + " "
	}
	if where.region == "overseas" {
		a.zh = false
	}
	name.zh += sectors[s].name.zh
	name.en += sectors[s].name.en
	if again := a.n / perPlace / (len(places) + 1); again > 0 {
		name.zh += strconv.Itoa(again + 1)
		name.en += " " + strconv.Itoa(again+1)
	}
	a.name, a.short = name.zh+" "+name.en, name.zh
	if !a.zh {
		a.name, a.short = name.en+" Ltd.", name.en
	}
	return sectors[s], where
}

// taxNumber is a number of the right shape and check digit, for a district
// (990000) that does not exist, so that it is nobody's.
func taxNumber(n int) string {
	const digits = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	code := fmt.Sprintf("91990000MA%07d", n)
	sum, weight := 0, 1
	for _, c := range code {
		for v, d := range digits {
			if c == d {
				sum += v * weight
			}
		}
		weight = weight * 3 % 31
	}
	return code + string(digits[(31-sum%31)%31])
}

var customerKeys = []string{"id", "version", "created_at", "created_by", "updated_at", "updated_by",
	"name", "short_name", "code", "tax_number", "tier", "status", "industry", "region", "address",
	"annual_revenue", "annual_spend", "contract_start", "contract_end", "owner", "note"}

func (g *generator) customerRows() iter.Seq[[]any] {
	return g.rows(func(a account, _ []role, emit func([]any) bool) bool {
		r := g.random(a.n, partCustomer)
		minute := between(r, 9*60, 17*60)
		created := g.moment(-a.age, minute)
		var revenue, spend any
		if a.revenue > 0 {
			revenue = fmt.Sprintf("%d.00", a.revenue*1000)
		}
		if !chance(r, 10) {
			spend = fmt.Sprintf("%d.00", max(a.revenue, 80)*between(r, 12, 60)*100)
		}
		street := fmt.Sprintf("示例路%d号", between(r, 1, 300))
		if !a.zh {
			street = fmt.Sprintf("%d Example Road", between(r, 1, 300))
		}
		address, _ := json.Marshal(map[string]string{"country": a.country, "city": a.city, "street": street}) // texts always encode
		code := g.codes.next(g.at(-a.age, minute))
		var note any
		if chance(r, 70) {
			note = pick(r, notes).in(a.zh)
		}
		by := orNil(g.staff.owner)
		return emit([]any{a.id, 1, created, by, created, by,
			a.name, a.short, code, taxNumber(a.n + 1), orNil(a.tier), a.status, a.industry, a.region, string(address),
			revenue, spend, g.date(a.contract[0]), g.date(a.contract[1]), orNil(a.owner), note})
	})
}
