package graph

import (
	"context"

	"fieldwork/graph/model"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/record"
	"fieldwork/internal/request"
)

// rulePayload is the answer to a change of a rule that led to cat.
func (r *Resolver) rulePayload(cat *form.Catalog, err error, formKey, key, action string) (*model.RulePayload, error) {
	if err != nil {
		return nil, inInput(err)
	}
	r.Changed(cat.OrgID, cat.Version)
	f := cat.Form(formKey)
	rule := f.Rule(key)
	if rule == nil && cat.Job != nil { // it is there when its index is
		rule = change.RuleOf(cat.Job, f)
	}
	return &model.RulePayload{Form: f, Rule: rule, Change: changeOf(cat, action)}, nil
}

func newRule(ctx context.Context, input model.AddRuleInput) form.NewRule {
	return form.NewRule{Key: input.Key, Kind: input.Kind, Expression: or(input.Expression), Fields: input.Fields, IgnoreCase: or(input.IgnoreCase),
		Message: labels(ctx, input.Message, input.Messages)}
}

func ruleUpdate(ctx context.Context, input model.UpdateRuleInput) form.RuleUpdate {
	return form.RuleUpdate{Expression: input.Expression, Fields: input.Fields, IgnoreCase: input.IgnoreCase, Message: labels(ctx, input.Message, input.Messages)}
}

// evaluate is the server's word on a form being filled in. One that knows of a
// field that these definitions have not is answered on newer ones, if there are.
func (r *Resolver) evaluate(ctx context.Context, formKey string, values any, id *string) (*record.Evaluation, error) {
	req := request.From(ctx)
	f := req.Catalog.Form(formKey)
	if f == nil || f.ArchivedAt != nil {
		return nil, fault.New(fault.NotFound, "there is no form %q", fault.Clip(formKey)).At("form")
	}
	raw, ok := values.(map[string]any)
	if !ok {
		return nil, fault.New(fault.Invalid, "expected an object of values by field key").At("values")
	}
	n := int64(0)
	if id != nil {
		of, number, ok := req.Catalog.Locate(*id)
		if !ok || of != f {
			return nil, record.NotFound().At("id")
		}
		n = number
	}
	return record.Evaluate(ctx, r.DB, record.Call{By: req.Actor, Now: req.Now, Language: req.Language}, f, raw, n)
}

func evaluationErrors(faults fault.List) []*model.EvaluationError {
	out := make([]*model.EvaluationError, len(faults))
	for i, ft := range faults {
		e := &model.EvaluationError{Path: ft.Path, Code: model.ErrorCode(ft.Kind), Message: ft.Message}
		if e.Path == nil {
			e.Path = []any{}
		}
		e.Rule, e.Record = detail(ft, "rule"), detail(ft, "record")
		out[i] = e
	}
	return out
}

func detail(ft *fault.Fault, name string) *string {
	s, _ := ft.Details[name].(string)
	return some(s)
}
