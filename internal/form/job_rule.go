package form

import (
	"context"
	"fmt"
	"strings"

	"fieldwork/internal/fault"
)

// ruleToMake is a rule with an index that begins to hold, or to be what it says, when its
// index is there.
type ruleToMake struct {
	ID         int64    `json:"id"` // taken beforehand: it names the index
	Key        string   `json:"key"`
	Kind       RuleKind `json:"kind"`
	Fields     []string `json:"fields"`
	IgnoreCase bool     `json:"ignoreCase"`
	Message    Label    `json:"message"`
	Replaces   bool     `json:"replaces,omitempty"` // the rule is there, with other fields
}

// rule is the rule as it will be.
func (m *ruleToMake) rule(f *Form) *Rule {
	r := &Rule{Form: f, ID: m.ID, Key: m.Key, Kind: m.Kind, FieldKeys: m.Fields, IgnoreCase: m.IgnoreCase, Message: m.Message}
	for _, key := range m.Fields {
		if x := f.Field(key); x != nil {
			r.Fields = append(r.Fields, x)
		}
	}
	return r
}

// indexText is what follows the name of the rule's index: of live records, whose
// values are then all that some lists need. That of an INDEX ends with the id, by
// which lists break ties.
func (r *Rule) indexText() string {
	parts := make([]string, len(r.Fields))
	for i, x := range r.Fields {
		if parts[i] = x.Column(); r.Folds(x) {
			parts[i] = "lower(" + parts[i] + ")"
		}
	}
	over := strings.Join(parts, ", ")
	if r.Kind == IndexRule {
		over += ", id"
	}
	return fmt.Sprintf(`ON %s (%s) WHERE archived_at IS NULL`, r.Form.Table(), over)
}

const insertRuleAs = `
	INSERT INTO fieldwork.rule (org_id, form_id, id, key, kind, expression, fields, ignore_case, message, position)
	OVERRIDING SYSTEM VALUE
	VALUES ($1, $2, $3, $4, $8, '', $5, $6, $7, (SELECT coalesce(max(position), 0) + 1 FROM fieldwork.rule WHERE org_id = $1 AND form_id = $2))`

// saveRule writes the rule whose index has been made.
func (e *edit) saveRule(ctx context.Context, formKey string, m *ruleToMake, made string) error {
	f, err := e.form(formKey, "form")
	if err != nil {
		return err
	}
	if m.Replaces {
		return e.replaceRule(ctx, f, m, made)
	}
	if f.Rule(m.Key) != nil {
		return fault.New(fault.Conflict, "form %q already has a rule %q", f.Key, m.Key).At("key")
	}
	r := m.rule(f)
	if _, err := e.tx.ExecContext(ctx, insertRuleAs, e.cat.OrgID, f.ID, r.ID, r.Key, fieldKeys(r), r.IgnoreCase, r.Message.json(), r.Kind); err != nil {
		return fmt.Errorf("insert rule: %w", err)
	}
	e.note("addRule", f.Key, "", nil, r.describe())
	return nil
}

// replaceRule has a rule that is there say what its new index does.
func (e *edit) replaceRule(ctx context.Context, f *Form, m *ruleToMake, made string) error {
	old := f.Rule(m.Key)
	if old == nil || old.ID != m.ID {
		return fault.New(fault.NotFound, "form %q has no rule %q any more", f.Key, m.Key)
	}
	r := *old
	r.FieldKeys, r.IgnoreCase = m.Fields, m.IgnoreCase
	if err := e.exchangeIndex(ctx, made, r.Index()); err != nil {
		return err
	}
	return e.saveRuleUpdate(ctx, &r, old)
}

// laterRule leaves the index of a rule, of a new one or in the place of
// that of old, to a job when the form is large; started says so.
func (e *edit) laterRule(ctx context.Context, r, old *Rule) (started bool, err error) {
	if r.Kind == CheckRule {
		return false, nil
	}
	n, err := e.size(ctx, r.Form)
	if err != nil || n <= e.atOnce {
		return false, err
	}
	m := &ruleToMake{Key: r.Key, Kind: r.Kind, Fields: r.FieldKeys, IgnoreCase: r.IgnoreCase, Message: r.Message}
	if old != nil {
		m.ID, m.Replaces = old.ID, true
	} else if err := e.tx.GetContext(ctx, &m.ID, `SELECT nextval(pg_get_serial_sequence('fieldwork.rule', 'id'))`); err != nil {
		return false, err
	}
	return true, e.start(ctx, &Field{Form: r.Form}, jobIndex, n, indexInput{Rule: m})
}
