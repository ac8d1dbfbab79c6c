package demo

import (
	"iter"
	"math/rand/v2"
	"slices"
)

type feedback struct {
	day, minute      int
	member           int64
	channel, kind    string
	content, next    string
	rating           int // 0: not asked
	recommend        int // -1: not asked
	severity, status string
	response         int // minutes after, -1: none yet
	closed           int // day, never: open
	nextContact      int // day
}

var channels = []string{"visit", "phone", "meeting", "email", "chat", "survey"}

// feedbackCount is about five per customer, more for the larger.
func feedbackCount(a account, r *rand.Rand) int {
	n := map[string]int{"a": 10, "b": 7, "c": 4, "d": 2, "": 2}[a.tier]
	if a.tier == "" && chance(r, 50) {
		n++
	}
	return n + []int{-1, 0, 0, 1}[r.IntN(4)]
}

// feedback makes what was said over the last year, oldest first.
func (g *generator) feedback(a account, roles []role) []feedback {
	r := g.random(a.n, partFeedback)
	days := g.contactDaysOf(a, r)
	out := make([]feedback, len(days))
	for i, day := range days {
		f := &out[i]
		f.day, f.minute = day, between(r, 9*60, 17*60)
		f.response, f.closed, f.nextContact, f.recommend = -1, never, never, -1
		f.member = speaker(r, roles)
		f.channel = channels[weighted(r, 24, 26, 16, 16, 10, 8)]
		f.kind = []string{"note", "need", "suggestion", "complaint", "problem", "praise"}[f.kindOf(r, a.mood)]
		if f.kind == "note" && chance(r, 12) {
			f.channel = "internal"
		}
		f.rate(r, a.mood)
		f.follow(r, a.mood)
		v := voice{zh: a.zh, topic: pick(r, topics)}
		f.content = v.say(pick(r, openings[f.channel])) + v.between() + v.say(pick(r, contents[f.kind]))
		if chance(r, 60) {
			f.content += v.between() + v.say(pick(r, closings[f.kind]))
		}
		if i == len(days)-1 || chance(r, 45) {
			f.next = v.say(pick(r, nextSteps[f.kind]))
			f.nextContact = day + between(r, a.contactDays/3, a.contactDays)
		}
	}
	// A silent customer is talked about, but not with.
	if silent[a.slot] {
		v := voice{zh: a.zh}
		out = append(out, feedback{day: g.workday(-between(r, 5, 20)), minute: 16 * 60, member: speaker(r, roles), channel: "internal", kind: "note",
			content: v.say(pick(r, aboutSilence)), next: v.say(pick(r, nextSteps["note"])), status: "closed", recommend: -1, response: -1, closed: never, nextContact: between(r, 1, 10)})
		out[len(out)-1].closed = out[len(out)-1].day
	}
	return out
}

// contactDaysOf are the days of contact: the last one as the mood has it, the
// others spread over the year before it.
func (g *generator) contactDaysOf(a account, r *rand.Rand) []int {
	if a.slot == 41 || a.slot == 54 {
		return nil // never spoken to
	}
	k, oldest := a.contactDays, min(360, a.age-4)
	last := 1
	switch a.mood {
	case good:
		last = between(r, 1, k*8/10)
	case fair:
		last = between(r, k/2, k*16/10)
	case poor:
		last = between(r, k*14/10, k*28/10)
	}
	if silent[a.slot] {
		last = max(160, 3*k+10) + r.IntN(40)
	}
	last = min(last, oldest)
	days := []int{g.workday(-last)}
	for range feedbackCount(a, r) - 1 {
		days = append(days, g.workday(-between(r, last, oldest)))
	}
	slices.Sort(days)
	return days
}

// kindOf is the place of the kind among the six.
func (f *feedback) kindOf(r *rand.Rand, m mood) int {
	if f.channel == "survey" {
		return weighted(r, 30, 10, 25, [...]int{good: 0, fair: 8, poor: 25}[m], 5, [...]int{good: 30, fair: 15, poor: 2}[m])
	}
	switch m {
	case good:
		return weighted(r, 42, 20, 11, 2, 9, 16)
	case fair:
		return weighted(r, 40, 16, 12, 7, 17, 8)
	default:
		return weighted(r, 34, 9, 8, 18, 28, 3)
	}
}

// rate gives what the customer answered, if anything was asked.
func (f *feedback) rate(r *rand.Rand, m mood) {
	if f.channel == "internal" {
		return
	}
	mean := [...]int{good: 4, fair: 3, poor: 2}[m]
	if f.channel == "survey" || chance(r, 55) {
		switch f.kind {
		case "praise":
			f.rating = between(r, 4, 5)
		case "complaint":
			f.rating = between(r, 1, 2)
		case "problem":
			f.rating = between(r, 2, max(mean, 2))
		default:
			f.rating = min(mean+weighted(r, 60, 40), 5)
		}
	}
	if f.channel == "survey" {
		f.recommend = min(max(2*f.rating+between(r, -1, 1), 0), 10)
	}
}

// follow says how far what was raised has been dealt with.
func (f *feedback) follow(r *rand.Rand, m mood) {
	raised := f.kind == "complaint" || f.kind == "problem"
	if raised {
		f.severity = []string{"critical", "high", "medium", "low"}[weighted(r, 6, 24, 45, 25)]
		f.response = []int{between(r, 5, 120), between(r, 121, 900), between(r, 901, 3000)}[weighted(r, 60, 30, 10)]
	}
	asked := raised || f.kind == "need" || f.kind == "suggestion"
	settled := [...]int{good: 92, fair: 80, poor: 60}[m]
	if f.day > -21 {
		settled -= 45
	}
	switch {
	case !asked:
		f.status, f.closed = "closed", f.day
	case chance(r, settled):
		f.status, f.closed = "closed", min(f.day+between(r, 3, 18), -1)
	case chance(r, 60):
		f.status = "doing"
	default:
		f.status = "open"
		if raised && (chance(r, 50) || f.day > -3) {
			f.response = -1
		}
	}
	if f.closed != never { // who closed it had answered before
		f.response = min(f.response, max(0, (f.closed-f.day)*24*60-60))
	} else if f.day > -4 {
		f.response = min(f.response, 4*60)
	}
	if raised && f.closed != never && f.response < 0 {
		f.response = 30
	}
}

// speaker is who talked to the customer.
func speaker(r *rand.Rand, roles []role) int64 {
	var fit []int64
	for _, x := range roles {
		if x.active() && (x.level == "a" || x.level == "r") {
			fit = append(fit, x.member)
			if x.responsibility == "account_manager" {
				fit = append(fit, x.member, x.member) // talks most
			}
		}
	}
	if len(fit) == 0 {
		return 0
	}
	return pick(r, fit)
}

// between is what stands between two sentences.
func (v voice) between() string {
	if v.zh {
		return ""
	}
	return " "
}

var feedbackKeys = []string{"id", "version", "created_at", "created_by", "updated_at", "updated_by",
	"customer", "member", "occurred_at", "channel", "kind", "content", "rating", "recommend", "severity", "status",
	"first_response_at", "closed_at", "next_step", "next_contact_on", "contact"}

func (g *generator) feedbackRows() iter.Seq[[]any] {
	next := g.firstFeedback
	return g.rows(func(a account, roles []role, emit func([]any) bool) bool {
		for _, f := range g.feedback(a, roles) {
			logged := g.moment(f.day, f.minute+45)
			changed, version := logged, 1
			closed := g.moment(f.closed, 18*60)
			if f.closed != never && f.closed > f.day {
				changed, version = closed, 2
			}
			var response, recommend any
			if f.response >= 0 {
				response = g.moment(f.day, f.minute+f.response)
				if f.closed == never && f.response > 45 {
					changed, version = response, 2
				}
			}
			if f.recommend >= 0 {
				recommend = f.recommend
			}
			by := orNil(f.member)
			if !emit([]any{next, version, logged, by, changed, by,
				a.id, by, g.moment(f.day, f.minute), f.channel, f.kind, f.content, orNil(f.rating), recommend, orNil(f.severity), f.status,
				response, closed, orNil(f.next), g.date(f.nextContact), g.contact(a, next)}) {
				return false
			}
			next++
		}
		return true
	})
}
