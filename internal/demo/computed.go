package demo

import (
	"context"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/org"
)

// computed are fields that show what computed fields do. They belong to the demo
// and not to the standard forms: which figures a front end wants beside a record
// is for each organisation to say.
var computed = []struct {
	form  string
	field form.NewField
}{
	{"customer", form.NewField{Key: "open_tasks", Kind: "ROLLUP", Labels: form.Label{"en": "Open tasks", "zh": "未完成任务"},
		Settings: form.SettingsInput{Via: text("tasks"), Function: text("COUNT"), Where: text(`status in ("open", "doing")`)}}},
	{"customer", form.NewField{Key: "days_to_contract_end", Kind: "FORMULA", Labels: form.Label{"en": "Days to contract end", "zh": "距合同到期天数"},
		Settings: form.SettingsInput{Expression: text("days_between(today(), contract_end)")}}},
	{"customer", form.NewField{Key: "owner_team", Kind: "LOOKUP", Labels: form.Label{"en": "Owner's team", "zh": "负责人部门"},
		Settings: form.SettingsInput{Via: text("owner"), Field: text("team")}}},
	{"task", form.NewField{Key: "overdue", Kind: "FORMULA", Labels: form.Label{"en": "Overdue", "zh": "逾期"},
		Settings: form.SettingsInput{Expression: text(`status in ("open", "doing") and due_on is not empty and due_on < today()`)}}},
}

func text(s string) *string { return &s }

// addComputed adds the computed fields that are not there. Another server may do
// so at the same time.
func addComputed(ctx context.Context, forms *change.Store, o org.Organisation, cat *form.Catalog) error {
	for _, c := range computed {
		if f := cat.Form(c.form); f == nil || f.Field(c.field.Key) != nil {
			continue
		}
		_, err := forms.AddField(ctx, org.Program(o.ID, o.Key), nil, c.form, c.field)
		if err != nil && fault.KindOf(err) != fault.Conflict {
			return err
		}
	}
	return nil
}
