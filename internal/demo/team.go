package demo

import (
	"context"
	"fmt"
	"iter"

	"fieldwork/internal/form"

	"github.com/jmoiron/sqlx"
)

// The teams. Those that manage accounts are regional parts of one.
const (
	management = "Management 管理层"
	accounts   = "Key Accounts 大客户部"
	east       = "East Key Accounts 华东大客户部"
	north      = "North Key Accounts 华北大客户部"
	south      = "South Key Accounts 华南大客户部"
	sales      = "Sales 销售部"
	solutions  = "Solutions 解决方案部"
	operations = "Delivery and Service 交付与服务中心"
	support    = "Technical Support 技术支持部"
	delivery   = "Delivery 交付部"
	service    = "Customer Service 售后服务部"
	finance    = "Finance and Legal 财务法务部"
)

// teams is the tree of the company, those above before those below. Leads are
// named by what stands before the @ of their address.
var teams = []struct{ name, parent, lead string }{
	{management, "", "dana"},
	{accounts, management, "mei"}, {sales, management, "nina"}, {solutions, management, "otto"}, {operations, management, "dana"}, {finance, management, "eva"},
	{east, accounts, "yan"}, {north, accounts, "jing"}, {south, accounts, "lei"},
	{support, operations, "bo"}, {delivery, operations, "min"}, {service, operations, "tao"},
}

// teamID is the number of a team's record.
func (g *generator) teamID(name string) any {
	for i, t := range teams {
		if t.name == name {
			return g.firstTeam + int64(i)
		}
	}
	return nil
}

var teamKeys = []string{"id", "version", "created_at", "created_by", "updated_at", "updated_by", "name", "parent"}

func (g *generator) teamRows() iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for i, t := range teams {
			made, by := g.moment(-firstDay, 9*60), orNil(g.staff.owner)
			if !yield([]any{g.firstTeam + int64(i), 1, made, by, made, by, t.name, g.teamID(t.parent)}) {
				return
			}
		}
	}
}

// setLeads names the leads, who come after the teams that they belong to.
func (g *generator) setLeads(ctx context.Context, tx *sqlx.Tx, f *form.Form) error {
	lead := f.Field("lead")
	if lead == nil {
		return nil
	}
	for _, t := range teams {
		for _, m := range g.staff.members {
			if m.email != t.lead+domain {
				continue
			}
			if _, err := tx.ExecContext(ctx, `UPDATE `+f.Table()+` SET `+lead.Column()+` = $2 WHERE id = $1`, g.teamID(t.name), m.id); err != nil {
				return fmt.Errorf("name the lead of a team: %w", err)
			}
		}
	}
	return nil
}
