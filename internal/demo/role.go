package demo

import (
	"iter"
	"math/rand/v2"
)

// role is one assignment of a member to a responsibility.
type role struct {
	id             int64
	responsibility string
	member         int64
	level          string
	scope          string
	starts, ends   int // days
	deputy         int64
}

// active says whether the role is in force today, not counting whether its
// member left.
func (r role) active() bool { return (r.starts == never || r.starts <= 0) && r.ends >= 0 }

// roles makes the division of labour of a customer, without numbers, and sets
// the account's owner to its account manager.
func (g *generator) roles(a *account) []role {
	c := &cells{g: g, a: a, r: g.random(a.n, partRoles)}
	for _, resp := range required[a.tier] {
		c.cell(resp, flaws[a.slot][resp])
		if resp == "account_manager" {
			c.history()
		}
	}
	for _, x := range usual[a.tier] {
		if chance(c.r, x.percent) {
			c.loose(x.responsibility)
		}
	}
	for _, x := range c.out {
		if x.responsibility == "account_manager" && x.active() && (a.owner == 0 || x.level == "a") {
			a.owner = x.member
			if x.level == "a" {
				break
			}
		}
	}
	return c.out
}

// cells collects the roles of one customer.
type cells struct {
	g   *generator
	a   *account
	r   *rand.Rand
	out []role
}

func (c *cells) add(resp, level string, member int64, change ...func(*role)) {
	if member == 0 {
		return
	}
	x := role{responsibility: resp, level: level, member: member, starts: -c.a.age + between(c.r, 0, 10), ends: never}
	if chance(c.r, 15) {
		x.starts = never
	}
	if chance(c.r, 30) {
		x.deputy = other(c.r, c.pool(resp), member)
	}
	for _, f := range change {
		f(&x)
	}
	c.out = append(c.out, x)
}

func (c *cells) pool(resp string) []int64 { return c.g.staff.teams[c.g.staff.team(resp, c.a.region)] }

func (c *cells) leaver(resp string) int64 {
	if id := other(c.r, c.g.staff.left[c.g.staff.team(resp, c.a.region)]); id != 0 {
		return id
	}
	return pick(c.r, c.g.staff.leavers)
}

func endsOn(day int) func(*role) { return func(x *role) { x.ends = day } }
func startsOn(day int) func(*role) {
	return func(x *role) { x.starts = day }
}
func (c *cells) within(i int) func(*role) {
	return func(x *role) { x.scope = scopes[i].in(c.a.zh) }
}

// cell fills one required responsibility, with its flaw.
func (c *cells) cell(resp string, f flaw) {
	pool := c.pool(resp)
	first := other(c.r, pool)
	second := other(c.r, pool, first)
	if second == 0 {
		second = other(c.r, c.g.staff.workers, first)
	}
	switch f {
	case missing:
	case onlyR:
		c.add(resp, "r", first)
		c.add(resp, "s", second)
	case holderHas:
		left := c.leaver(resp)
		c.add(resp, "a", left)
		c.add(resp, "r", left)
	case ended:
		c.add(resp, "a", first, startsOn(-c.a.age), endsOn(-between(c.r, 10, min(40, c.a.age-5))))
	case notYet:
		c.add(resp, "a", first, startsOn(between(c.r, 5, 20)))
	case ending:
		c.add(resp, "a", first, endsOn(between(c.r, 5, 28)))
	case twoA:
		c.add(resp, "a", first)
		c.add(resp, "a", second)
	case twoAScopes:
		c.add(resp, "a", first)
		c.add(resp, "a", second, c.within(0))
	case twice:
		c.add(resp, "a", first)
		c.add(resp, "r", second)
		c.add(resp, "r", second)
	case crowd:
		c.add(resp, "a", first)
		taken := []int64{first}
		for range 4 {
			m := other(c.r, c.g.staff.workers, taken...)
			c.add(resp, "r", m)
			taken = append(taken, m)
		}
	case concentrate:
		c.add(resp, "a", c.out[0].member) // the account manager, who comes first
	case stale:
		c.add(resp, "a", first)
		c.add(resp, "r", c.leaver(resp))
	case followed:
		end := between(c.r, 5, 25)
		c.add(resp, "a", first, endsOn(end))
		c.add(resp, "a", second, startsOn(end+1))
	case apartScope:
		c.add(resp, "a", first, c.within(0))
		c.add(resp, "a", second, c.within(1))
	default:
		c.sound(resp, first, second)
	}
}

// sound fills a cell as it should be: one member answers for it, and some help.
func (c *cells) sound(resp string, first, second int64) {
	c.add(resp, "a", first)
	if resp == "account_manager" || c.a.tier == "c" {
		return
	}
	if chance(c.r, 30) {
		c.add(resp, "r", second, func(x *role) {
			if chance(c.r, 40) {
				x.scope = pick(c.r, scopes).in(c.a.zh)
			}
		})
	} else if chance(c.r, 10) {
		c.add(resp, "r", first)
	}
	if chance(c.r, 20) {
		third := other(c.r, c.pool(resp), first, second)
		c.add(resp, []string{"s", "c", "i"}[weighted(c.r, 60, 25, 15)], third)
	}
}

// loose fills a responsibility that the tier does not require.
func (c *cells) loose(resp string) {
	c.add(resp, []string{"a", "r", "s"}[weighted(c.r, 40, 45, 15)], other(c.r, c.pool(resp)))
}

// history adds who managed the account before.
func (c *cells) history() {
	if len(c.out) == 0 || c.out[0].starts == never || c.a.age < 200 || !chance(c.r, 30) {
		return
	}
	before := other(c.r, c.pool("account_manager"), c.out[0].member)
	if chance(c.r, 30) {
		before = c.leaver("account_manager")
	}
	start, change := -c.a.age, -between(c.r, 60, 150)
	for i := range c.out {
		c.out[i].starts = max(c.out[i].starts, change)
	}
	c.add("account_manager", "a", before, startsOn(start), endsOn(change-1))
}

var roleKeys = []string{"id", "version", "created_at", "created_by", "updated_at", "updated_by",
	"customer", "responsibility", "member", "level", "scope", "duties", "starts_on", "ends_on", "deputy"}

func (g *generator) roleRows() iter.Seq[[]any] {
	return g.rows(func(a account, roles []role, emit func([]any) bool) bool {
		for i, x := range roles {
			created := g.moment(-a.age, 17*60+30+i)
			if x.starts != never && x.starts <= 0 {
				created = g.moment(max(x.starts-1, -a.age), 17*60+30+i)
			}
			changed, version := created, 1
			if x.ends < 0 {
				changed, version = g.moment(x.ends, 17*60), 2
			}
			var text any
			if x.level == "a" || x.level == "r" {
				text = duties[x.responsibility].in(a.zh)
			}
			by := orNil(g.staff.owner)
			if !emit([]any{x.id, version, created, by, changed, by,
				a.id, x.responsibility, x.member, x.level, orNil(x.scope), text, g.date(x.starts), g.date(x.ends), orNil(x.deputy)}) {
				return false
			}
		}
		return true
	})
}
