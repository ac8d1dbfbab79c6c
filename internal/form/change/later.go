package change

import (
	"context"
	"fmt"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
)

// IndexInput is what a job that builds indexes is to do.
type IndexInput struct {
	Unique  bool `json:"unique,omitempty"`
	Indexed bool `json:"indexed,omitempty"`
	Wanted  bool `json:"wanted,omitempty"` // Indexed is what the field says then; a reference is indexed without
	// The unique index is made anew, over values with or without capital letters.
	IgnoreCase *bool       `json:"ignoreCase,omitempty"`
	Rule       *RuleToMake `json:"rule,omitempty"` // instead of those of a field
}

// later leaves the indexes that x is to have and old has not to a job when the
// form is large, and says so; x then stays without them until the job is done. A
// reference is told by no setting that it has none, and the job owes it one.
func (e *Edit) later(ctx context.Context, x, old *form.Field) (bool, error) {
	in := IndexInput{Unique: x.Unique && !old.Unique, Indexed: x.WantsIndex() && !old.WantsIndex(), Wanted: x.Indexed}
	if old.Unique && x.Unique && x.Settings.IgnoreCase != old.Settings.IgnoreCase {
		in.IgnoreCase = &x.Settings.IgnoreCase
	}
	if !in.Unique && !in.Indexed && in.IgnoreCase == nil || !x.Stored() {
		return false, nil
	}
	n, err := e.Size(ctx, x.Form)
	if err != nil || n <= e.AtOnce {
		return false, err
	}
	err = e.Start(ctx, x, form.JobIndex, n, in)
	if in.Unique {
		x.Unique = old.Unique
	}
	if in.Indexed {
		x.Indexed = old.Indexed
	}
	if in.IgnoreCase != nil {
		x.Settings.IgnoreCase = old.Settings.IgnoreCase
	}
	return true, err
}

// A change like any other may end while the job is open; other jobs not.
const selectRebuild = `SELECT id FROM fieldwork.job WHERE org_id = $1 AND form = $2 AND action = 'rebuild' AND ended_at IS NULL`

// startRebuild has a job make the form's table anew, if none does yet, and
// returns its number. It is no change of definitions and stands in no log.
func (e *Edit) startRebuild(ctx context.Context, f *form.Form, size int64) (job int64, started bool, err error) {
	var open []int64
	if err := e.Tx.SelectContext(ctx, &open, selectRebuild, e.Cat.OrgID, f.Key); err != nil || len(open) > 0 {
		return append(open, 0)[0], false, err
	}
	j, err := e.insertJob(ctx, &form.Field{Form: f}, form.JobRebuild, size, []byte("{}"))
	if err != nil {
		return 0, false, err
	}
	return j.ID, true, nil
}

// RuleToMake is a rule with an index that begins to hold, or to be what it says, when its
// index is there.
type RuleToMake struct {
	ID         int64         `json:"id"` // taken beforehand: it names the index
	Key        string        `json:"key"`
	Kind       form.RuleKind `json:"kind"`
	Fields     []string      `json:"fields"`
	IgnoreCase bool          `json:"ignoreCase"`
	Message    form.Label    `json:"message"`
	Replaces   bool          `json:"replaces,omitempty"` // the rule is there, with other fields
}

// Rule is the rule as it will be.
func (m *RuleToMake) Rule(f *form.Form) *form.Rule {
	r := &form.Rule{Form: f, ID: m.ID, Key: m.Key, Kind: m.Kind, FieldKeys: m.Fields, IgnoreCase: m.IgnoreCase, Message: m.Message}
	for _, key := range m.Fields {
		if x := f.Field(key); x != nil {
			r.Fields = append(r.Fields, x)
		}
	}
	return r
}

const insertRuleAs = `
	INSERT INTO fieldwork.rule (org_id, form_id, id, key, kind, expression, fields, ignore_case, message, position)
	OVERRIDING SYSTEM VALUE
	VALUES ($1, $2, $3, $4, $8, '', $5, $6, $7, (SELECT coalesce(max(position), 0) + 1 FROM fieldwork.rule WHERE org_id = $1 AND form_id = $2))`

// SaveRule writes the rule whose index has been made.
func (e *Edit) SaveRule(ctx context.Context, formKey string, m *RuleToMake, made string) error {
	f, err := e.Form(formKey, "form")
	if err != nil {
		return err
	}
	if m.Replaces {
		return e.replaceRule(ctx, f, m, made)
	}
	if f.Rule(m.Key) != nil {
		return fault.New(fault.Conflict, "form %q already has a rule %q", f.Key, m.Key).At("key")
	}
	r := m.Rule(f)
	if _, err := e.Tx.ExecContext(ctx, insertRuleAs, e.Cat.OrgID, f.ID, r.ID, r.Key, fieldKeys(r), r.IgnoreCase, r.Message.JSON(), r.Kind); err != nil {
		return fmt.Errorf("insert rule: %w", err)
	}
	e.Note("addRule", f.Key, "", nil, describeRule(r))
	return nil
}

// replaceRule has a rule that is there say what its new index does.
func (e *Edit) replaceRule(ctx context.Context, f *form.Form, m *RuleToMake, made string) error {
	old := f.Rule(m.Key)
	if old == nil || old.ID != m.ID {
		return fault.New(fault.NotFound, "form %q has no rule %q any more", f.Key, m.Key)
	}
	r := *old
	r.FieldKeys, r.IgnoreCase = m.Fields, m.IgnoreCase
	if err := e.ExchangeIndex(ctx, made, r.Index()); err != nil {
		return err
	}
	return e.saveRuleUpdate(ctx, &r, old)
}

// laterRule leaves the index of a rule, of a new one or in the place of
// that of old, to a job when the form is large; started says so.
func (e *Edit) laterRule(ctx context.Context, r, old *form.Rule) (started bool, err error) {
	if r.Kind == form.CheckRule {
		return false, nil
	}
	n, err := e.Size(ctx, r.Form)
	if err != nil || n <= e.AtOnce {
		return false, err
	}
	m := &RuleToMake{Key: r.Key, Kind: r.Kind, Fields: r.FieldKeys, IgnoreCase: r.IgnoreCase, Message: r.Message}
	if old != nil {
		m.ID, m.Replaces = old.ID, true
	} else if err := e.Tx.GetContext(ctx, &m.ID, `SELECT nextval(pg_get_serial_sequence('fieldwork.rule', 'id'))`); err != nil {
		return false, err
	}
	return true, e.Start(ctx, &form.Field{Form: r.Form}, form.JobIndex, n, IndexInput{Rule: m})
}
