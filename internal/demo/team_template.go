package demo

import (
	"iter"
	"strings"
)

// teamTemplates are the teams that are assigned to strategic customers of a region.
var teamTemplates = []struct{ name, region string }{
	{"Strategic accounts east (example) 华东战略客户团队（示例）", "east"},
	{"Strategic accounts north (example) 华北战略客户团队（示例）", "north"},
	{"Strategic accounts south (example) 华南战略客户团队（示例）", "south"},
}

var teamTemplateKeys = []string{"id", "version", "created_at", "created_by", "updated_at", "updated_by", "name"}

func (g *generator) teamTemplateRows() iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		made, by := g.moment(-firstDay, 9*60), orNil(g.staff.owner)
		for i, t := range teamTemplates {
			if !yield([]any{g.firstTeamTemplate + int64(i), 1, made, by, made, by, t.name}) {
				return
			}
		}
	}
}

var teamSeatKeys = []string{"version", "created_at", "created_by", "updated_at", "updated_by", "team_template", "responsibility", "member", "level"}

// teamSeatRows has one member accountable for each responsibility that a strategic
// customer needs; which one differs from region to region where a team has several.
func (g *generator) teamSeatRows() iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		made, by := g.moment(-firstDay, 9*60), orNil(g.staff.owner)
		for i, t := range teamTemplates {
			for _, resp := range required["a"] {
				who := g.staff.teams[g.staff.team(resp, t.region)]
				if len(who) == 0 {
					continue
				}
				if !yield([]any{1, made, by, made, by, g.firstTeamTemplate + int64(i), resp, who[i%len(who)], "a"}) {
					return
				}
			}
		}
	}
}

// exampleNote is of records that describe members who do not exist.
const exampleNote = "Example data 示例数据"

var profileKeys = []string{"version", "created_at", "created_by", "updated_at", "updated_by", "member", "regions", "skills", "note"}

// profileRows say of every member who takes work where, and what, as their team does.
func (g *generator) profileRows() iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		made, by := g.moment(-firstDay, 9*60), orNil(g.staff.owner)
		for i, m := range g.staff.members {
			if m.left || m.team == management || m.team == accounts {
				continue
			}
			var regions, skills []string
			manages := jobs[m.team] == jobs[east]
			for k, region := range allRegions {
				if manages && accountTeam[region] == m.team || !manages && (k-i)%3 == 0 { // other teams share the country
					regions = append(regions, region)
				}
			}
			if manages {
				skills = append(skills, "account_manager")
			}
			for _, resp := range allResponsibilities {
				if teamOf[resp] == m.team {
					skills = append(skills, resp)
				}
			}
			if !yield([]any{1, made, by, made, by, m.id, array(regions), array(skills), exampleNote}) {
				return
			}
		}
	}
}

// The regions and responsibilities in the order of their options.
var (
	allRegions          = []string{"north", "northeast", "east", "central", "south", "southwest", "northwest", "overseas"}
	allResponsibilities = []string{"sales", "solution", "technical_support", "delivery", "after_sales", "success", "order_desk", "finance", "legal"}
)

// array is what a choice of several is kept as; keys need no quotes.
func array(keys []string) string { return "{" + strings.Join(keys, ",") + "}" }
