package change

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/org"

	"github.com/lib/pq"
)

const (
	insertRule = `
		INSERT INTO fieldwork.rule (org_id, form_id, key, kind, expression, fields, ignore_case, message, position)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, (SELECT coalesce(max(position), 0) + 1 FROM fieldwork.rule WHERE org_id = $1 AND form_id = $2))
		RETURNING id`
	updateRule     = `UPDATE fieldwork.rule SET expression = $3, fields = $4, ignore_case = $5, message = $6 WHERE org_id = $1 AND id = $2`
	selectRuleBusy = `SELECT id FROM fieldwork.job WHERE org_id = $1 AND form = $2 AND input #>> '{rule,id}' = $3::text AND ended_at IS NULL`
	deleteRule     = `DELETE FROM fieldwork.rule WHERE org_id = $1 AND id = $2`
)

// AddRule adds a rule. A CHECK is asked of records when they are written next;
// those that are there are not looked at. A UNIQUE holds for all live records at
// once, and a record with one of the fields empty clashes with none. An INDEX asks
// nothing: lists are read by it. Faults:
// FORBIDDEN, NOT_FOUND for the form, INVALID with the path of the input, CONFLICT
// for a key that is taken, another version, or records that clash already.
func (s *Store) AddRule(ctx context.Context, by org.Actor, expected *int64, formKey string, n form.NewRule) (*form.Catalog, error) {
	return s.Change(ctx, by, expected, func(ctx context.Context, e *Edit) error {
		f, err := e.Form(formKey, "form")
		if err != nil {
			return err
		}
		return e.AddRule(ctx, f, n)
	})
}

// AddRule is the method of Store of that name, as part of a change.
func (e *Edit) AddRule(ctx context.Context, f *form.Form, n form.NewRule) error {
	r := &form.Rule{Form: f, Key: n.Key, Kind: n.Kind, Expression: n.Expression, FieldKeys: n.Fields, IgnoreCase: n.IgnoreCase, Message: form.Label{}.With(n.Message)}
	var bad fault.List
	_ = bad.Add(form.CheckKey(n.Key, form.MaxFieldKey), "key")
	if f.Rule(n.Key) != nil {
		_ = bad.Add(fault.New(fault.Conflict, "form %q already has a rule %q", f.Key, n.Key), "key")
	}
	if len(f.Rules) >= form.MaxRules {
		_ = bad.Add(fault.New(fault.Invalid, "a form has at most %d rules", form.MaxRules), "form")
	}
	e.checkRule(r, n.Message, &bad)
	if err := bad.Err(); err != nil {
		return err
	}
	if started, err := e.laterRule(ctx, r, nil); err != nil || started {
		return err
	}
	err := e.Tx.GetContext(ctx, &r.ID, insertRule, e.Cat.OrgID, f.ID, r.Key, r.Kind, r.Expression, fieldKeys(r), r.IgnoreCase, r.Message.JSON())
	if err != nil {
		return fmt.Errorf("insert rule: %w", err)
	}
	if err := e.AddRuleIndex(ctx, r); err != nil {
		return err
	}
	f.Rules = append(f.Rules, r) // for the checks of rules that follow in the same change
	e.Note("addRule", f.Key, "", nil, describeRule(r))
	return nil
}

// UpdateRule changes a rule in place. Faults: as of AddRule, and NOT_FOUND for
// the rule.
func (s *Store) UpdateRule(ctx context.Context, by org.Actor, expected *int64, formKey, key string, u form.RuleUpdate) (*form.Catalog, error) {
	return s.Change(ctx, by, expected, func(ctx context.Context, e *Edit) error {
		return e.UpdateRule(ctx, formKey, key, u)
	})
}

// UpdateRule is the method of Store of that name, as part of a change.
func (e *Edit) UpdateRule(ctx context.Context, formKey, key string, u form.RuleUpdate) error {
	old, err := e.Rule(formKey, key)
	if err != nil {
		return err
	}
	r := *old
	r.Message = old.Message.With(u.Message)
	if u.Expression != nil {
		r.Expression = *u.Expression
	}
	if u.Fields != nil {
		r.FieldKeys = u.Fields
	}
	if u.IgnoreCase != nil {
		r.IgnoreCase = *u.IgnoreCase
	}
	var bad fault.List
	e.checkRule(&r, u.Message, &bad)
	if err := bad.Err(); err != nil {
		return err
	}
	if r.Kind != form.CheckRule && (!slices.Equal(old.FieldKeys, r.FieldKeys) || old.IgnoreCase != r.IgnoreCase) {
		if err := e.idleRule(ctx, old); err != nil {
			return err
		}
		started, err := e.laterRule(ctx, &r, old)
		if err != nil {
			return err
		}
		if started {
			r.FieldKeys, r.IgnoreCase = old.FieldKeys, old.IgnoreCase
			if maps.Equal(r.Message, old.Message) {
				return nil
			}
			return e.saveRuleUpdate(ctx, &r, old)
		}
		if err := e.DropRuleIndex(ctx, old); err != nil {
			return err
		}
		if err := e.AddRuleIndex(ctx, &r); err != nil {
			return err
		}
	}
	return e.saveRuleUpdate(ctx, &r, old)
}

// saveRuleUpdate writes what has become of a rule.
func (e *Edit) saveRuleUpdate(ctx context.Context, r, old *form.Rule) error {
	if _, err := e.Tx.ExecContext(ctx, updateRule, e.Cat.OrgID, r.ID, r.Expression, fieldKeys(r), r.IgnoreCase, r.Message.JSON()); err != nil {
		return fmt.Errorf("update rule: %w", err)
	}
	e.Note("updateRule", r.Form.Key, "", describeRule(old), describeRule(r))
	return nil
}

// idleRule refuses a change of a rule whose fields a job is changing.
func (e *Edit) idleRule(ctx context.Context, r *form.Rule) error {
	var open []int64
	if err := e.Tx.SelectContext(ctx, &open, selectRuleBusy, e.Cat.OrgID, r.Form.Key, r.ID); err != nil || len(open) == 0 {
		return err
	}
	return fault.New(fault.Conflict, "a change of the rule %q is under way: wait for it, or cancel it", r.Key).At("key").With("job", open[0])
}

// RemoveRule takes a rule away for good; records stay. Faults: FORBIDDEN,
// NOT_FOUND, CONFLICT on another version.
func (s *Store) RemoveRule(ctx context.Context, by org.Actor, expected *int64, formKey, key string) (*form.Catalog, error) {
	return s.Change(ctx, by, expected, func(ctx context.Context, e *Edit) error {
		return e.RemoveRule(ctx, formKey, key)
	})
}

// RemoveRule is the method of Store of that name, as part of a change.
func (e *Edit) RemoveRule(ctx context.Context, formKey, key string) error {
	r, err := e.Rule(formKey, key)
	if err != nil {
		return err
	}
	if err := e.idleRule(ctx, r); err != nil {
		return err
	}
	if err := e.DropRuleIndex(ctx, r); err != nil {
		return err
	}
	if _, err := e.Tx.ExecContext(ctx, deleteRule, e.Cat.OrgID, r.ID); err != nil {
		return fmt.Errorf("remove rule: %w", err)
	}
	e.Note("removeRule", formKey, "", describeRule(r), nil)
	return nil
}

// Rule returns a rule of an active form, broken or not, or NOT_FOUND at its path.
func (e *Edit) Rule(formKey, key string) (*form.Rule, error) {
	f, err := e.Form(formKey, "form")
	if err != nil {
		return nil, err
	}
	r := f.Rule(key)
	if r == nil {
		return nil, fault.New(fault.NotFound, "form %q has no rule %q", formKey, fault.Clip(key)).At("key")
	}
	return r, nil
}

// checkRule compiles the rule and refuses what makes no sense.
func (e *Edit) checkRule(r *form.Rule, message form.Label, bad *fault.List) {
	_ = bad.Add(message.Check(form.MaxMessage, "message"))
	r.Fields, r.Expr, r.Broken, r.Aggregate = nil, nil, "", false
	if len(r.FieldKeys) > form.MaxRuleFields {
		_ = bad.Add(fault.New(fault.Invalid, "a rule names at most %d fields", form.MaxRuleFields), "fields")
		return
	}
	for i, key := range r.FieldKeys {
		x := r.Form.Field(key)
		switch {
		case x == nil || x.System:
			_ = bad.Add(fault.New(fault.Invalid, "form %q has no field %q", r.Form.Key, fault.Clip(key)), "fields", i)
		case slices.Contains(r.FieldKeys[:i], key):
			_ = bad.Add(fault.New(fault.Invalid, "field %q is there twice", key), "fields", i)
		case r.Kind == form.UniqueRule && !x.CanBeUnique():
			_ = bad.Add(fault.New(fault.Invalid, "a field of kind %s cannot be unique", x.Kind.Name()), "fields", i)
		case r.Kind == form.IndexRule && !x.CanBeUnique():
			_ = bad.Add(fault.New(fault.Invalid, "a field of kind %s cannot be part of an index", x.Kind.Name()), "fields", i)
		default:
			r.Fields = append(r.Fields, x)
		}
	}
	switch r.Kind {
	case form.UniqueRule:
		if len(r.FieldKeys) == 0 {
			_ = bad.Add(fault.New(fault.Invalid, "a UNIQUE rule needs the fields that must differ, from 1 to %d", form.MaxRuleFields), "fields")
		}
		if r.Expression != "" {
			_ = bad.Add(fault.New(fault.Invalid, "a UNIQUE rule has no expression"), "expression")
		}
	case form.IndexRule:
		if len(r.FieldKeys) < 2 {
			_ = bad.Add(fault.New(fault.Invalid, "an INDEX rule goes over 2 to %d fields; for one, set indexed of the field", form.MaxRuleFields), "fields")
		}
		if long := slices.DeleteFunc(slices.Clone(r.Fields), func(x *form.Field) bool { return x.Kind.Name() != "TEXT" && x.Kind.Name() != "URL" }); len(long) > 1 {
			_ = bad.Add(fault.New(fault.Invalid, "fields %q and %q may be too long together for an index: it takes one of kind TEXT or URL", long[0].Key, long[1].Key), "fields")
		}
		if r.IgnoreCase || r.Expression != "" || len(message) > 0 {
			_ = bad.Add(fault.New(fault.Invalid, "an INDEX rule has neither expression nor message, and does not ignore capital letters"), "kind")
		}
	case form.CheckRule:
		if r.IgnoreCase {
			_ = bad.Add(fault.New(fault.Invalid, "only UNIQUE rules ignore capital letters"), "ignoreCase")
		}
		if r.Expression == "" {
			_ = bad.Add(fault.New(fault.Invalid, "a CHECK rule needs an expression"), "expression")
			return
		}
		_ = bad.Add(e.Cat.CompileRule(r), "expression")
	default:
		_ = bad.Add(fault.New(fault.Invalid, "%q is not a kind of rule", fault.Clip(string(r.Kind))), "kind")
	}
}

func fieldKeys(r *form.Rule) pq.StringArray {
	if r.FieldKeys == nil {
		return pq.StringArray{}
	}
	return r.FieldKeys
}

// describeRule is what the change log keeps of a rule.
func describeRule(r *form.Rule) map[string]any {
	return map[string]any{"key": r.Key, "kind": r.Kind, "expression": r.Expression, "fields": fieldKeys(r), "ignoreCase": r.IgnoreCase, "message": r.Message}
}
