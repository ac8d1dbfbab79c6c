package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"fieldwork/graph/model"
	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/batch"
	"fieldwork/internal/form/change"
	"fieldwork/internal/form/conversion"
	"fieldwork/internal/form/impact"
	"fieldwork/internal/request"
)

func jobID(id int64) string { return "job_" + strconv.FormatInt(id, 10) }

// jobNumber is the number in the id of a job.
func jobNumber(id string) (int64, error) {
	digits, ok := strings.CutPrefix(id, "job_")
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || jobID(n) != id {
		return 0, fault.New(fault.NotFound, "there is no such change").At("id")
	}
	return n, nil
}

func definitionJob(j *form.Job) *model.DefinitionJob {
	if j == nil {
		return nil
	}
	r := j.Failures()
	return &model.DefinitionJob{ID: jobID(j.ID), Form: j.Form, Field: some(j.Field), Action: j.Action, State: model.DefinitionJobState(j.State), Progress: j.Progress(),
		Total: int(j.Total), Error: some(j.Error), Fails: int(r.Count), Examples: failures(r), CreatedAt: j.CreatedAt, EndedAt: j.EndedAt}
}

func failures(r form.Failures) []*model.FieldChangeFailure {
	out := make([]*model.FieldChangeFailure, 0, len(r.Examples))
	for _, f := range r.Examples {
		out = append(out, &model.FieldChangeFailure{Record: f.Record, Value: some(f.Value), Reason: f.Reason})
	}
	return out
}

func fieldUses(uses []form.Use) []*model.FieldUse {
	out := make([]*model.FieldUse, 0, len(uses))
	for _, u := range uses {
		out = append(out, &model.FieldUse{Kind: model.FieldUseKind(u.Kind), Form: some(u.Form), Field: some(u.Field), Name: some(u.Name), Client: some(u.Client), LastUsedAt: u.LastAt})
	}
	return out
}

func converting(ctx context.Context, kind model.FieldKind, s *model.FieldSettingsInput) conversion.Input {
	c := conversion.Input{Kind: string(kind)}
	if in := settings(ctx, s); in != nil {
		c.Settings = *in
	}
	return c
}

func converted(ctx context.Context, in model.ConvertFieldInput) conversion.Input {
	c := converting(ctx, in.Kind, in.Settings)
	c.Clear = in.OnFailure != nil && *in.OnFailure == model.ConversionFailureClear
	if d, given := in.Default.ValueOK(); given {
		c.Default, c.ClearDefault = d, d == nil
	}
	return c
}

func previewed(ctx context.Context, in model.PreviewFieldChangeInput) (impact.Change, error) {
	c := impact.Change{Form: in.Form, Key: in.Key, Action: string(in.Action)}
	if in.Action != model.FieldChangeActionConvert {
		if in.Kind != nil || in.Settings != nil {
			return c, fault.New(fault.Invalid, "only CONVERT takes a kind and settings").At("kind")
		}
		return c, nil
	}
	if in.Kind == nil {
		return c, fault.New(fault.Invalid, "CONVERT needs the kind the field is to become").At("kind")
	}
	c.Convert = converting(ctx, *in.Kind, in.Settings)
	if d, given := in.Default.ValueOK(); given {
		c.Convert.Default, c.Convert.ClearDefault = d, d == nil
	}
	return c, nil
}

// formSteps are the changes of a batch, each of which must say one thing.
func formSteps(ctx context.Context, in []*model.FormChangeInput) ([]batch.Step, error) {
	out := make([]batch.Step, 0, len(in))
	var bad fault.List
	for i, c := range in {
		step, expected, n := formStep(ctx, c)
		switch {
		case n != 1:
			_ = bad.Add(fault.New(fault.Invalid, "exactly one change must be said here, not %d", n), "changes", i)
		case expected != nil:
			_ = bad.Add(fault.New(fault.Invalid, "the expected version is said once for all changes"), "changes", i, step.Action, "expectedVersion")
		}
		out = append(out, step)
	}
	return out, bad.Err()
}

// formStep is the change that is said, the version it expects, and how many are
// said.
func formStep(ctx context.Context, c *model.FormChangeInput) (step batch.Step, expected *int, n int) {
	said := func(s batch.Step, v *int) { step, expected, n = s, v, n+1 }
	if in := c.CreateForm; in != nil {
		said(batch.CreateForm(newForm(ctx, *in)), in.ExpectedVersion)
	}
	if in := c.UpdateForm; in != nil {
		said(batch.UpdateForm(in.Form, formUpdate(ctx, *in)), in.ExpectedVersion)
	}
	if in := c.ArchiveForm; in != nil {
		said(batch.ArchiveForm(in.Form, true), in.ExpectedVersion)
	}
	if in := c.RestoreForm; in != nil {
		said(batch.ArchiveForm(in.Form, false), in.ExpectedVersion)
	}
	if in := c.AddField; in != nil {
		said(batch.AddField(in.Form, newField(ctx, *in)), in.ExpectedVersion)
	}
	if in := c.UpdateField; in != nil {
		said(batch.UpdateField(in.Form, in.Key, fieldUpdate(ctx, *in)), in.ExpectedVersion)
	}
	if in := c.MoveField; in != nil {
		said(batch.MoveField(in.Form, in.Key, in.After), in.ExpectedVersion)
	}
	if in := c.ConvertField; in != nil {
		said(batch.ConvertField(in.Form, in.Key, converted(ctx, *in)), in.ExpectedVersion)
	}
	if in := c.ArchiveField; in != nil {
		said(batch.ArchiveField(in.Form, in.Key), in.ExpectedVersion)
	}
	if in := c.RestoreField; in != nil {
		said(batch.RestoreField(in.Form, in.Key), in.ExpectedVersion)
	}
	if in := c.PurgeField; in != nil {
		said(batch.PurgeField(in.Form, in.Key), in.ExpectedVersion)
	}
	if in := c.AddRule; in != nil {
		said(batch.AddRule(in.Form, newRule(ctx, *in)), in.ExpectedVersion)
	}
	if in := c.UpdateRule; in != nil {
		said(batch.UpdateRule(in.Form, in.Key, ruleUpdate(ctx, *in)), in.ExpectedVersion)
	}
	if in := c.RemoveRule; in != nil {
		said(batch.RemoveRule(in.Form, in.Key), in.ExpectedVersion)
	}
	return step, expected, n
}

// inChanges moves the faults of single changes below their list.
func inChanges(err error) error {
	var l fault.List
	if other := l.Add(err); other != nil {
		return other
	}
	for i, f := range l {
		if len(f.Path) == 0 || f.Path[0] != "expectedVersion" {
			l[i] = f.At("changes")
		}
	}
	return l.Err()
}

func (r *Resolver) changesPayload(cat *form.Catalog, done []batch.Done, dryRun bool, action string) *model.FormChangesPayload {
	out := &model.FormChangesPayload{Forms: []*form.Form{}, Changes: []*model.FormChangeResult{}}
	seen := map[string]bool{}
	for _, d := range done {
		for _, e := range d.Entries {
			out.Changes = append(out.Changes, &model.FormChangeResult{Index: d.Step, Action: e.Action, Form: e.Form, Field: some(e.Field), Before: ready(e.Before), After: ready(e.After)})
			if f := cat.Form(e.Form); f != nil && !seen[e.Form] {
				seen[e.Form] = true
				out.Forms = append(out.Forms, f)
			}
		}
	}
	if !dryRun {
		r.Changed(cat.OrgID, cat.Version)
		out.Change = changeOf(cat, action)
	}
	return out
}

// ready is JSON that was kept as text.
func ready(b []byte) any {
	if b == nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil // it was encoded by us
	}
	return v
}

// definitionLog is a page of what changes did. Cursors are version and position.
func (r *Resolver) definitionLog(ctx context.Context, formKey string, first *int, after *string) (*model.DefinitionLogConnection, error) {
	n, from := 20, change.LogEntry{}
	if first != nil {
		n = *first
	}
	if n < 0 || n > 200 {
		return nil, fault.New(fault.Invalid, "first must lie between 0 and 200").At("first")
	}
	if after != nil {
		if _, err := fmt.Sscanf(*after, "%d.%d", &from.Version, &from.Position); err != nil || logCursor(&from) != *after {
			return nil, fault.New(fault.Invalid, "this is no cursor of the list").At("after")
		}
	}
	entries, err := r.Forms.Log(ctx, request.From(ctx).Actor, formKey, from, n+1)
	if err != nil {
		return nil, err
	}
	out := &model.DefinitionLogConnection{Edges: []*model.DefinitionLogEdge{}, Nodes: []*model.DefinitionLogEntry{},
		PageInfo: &model.PageInfo{HasNextPage: len(entries) > n, HasPreviousPage: after != nil}}
	for _, e := range entries[:min(n, len(entries))] {
		node := &model.DefinitionLogEntry{Version: int(e.Version), At: e.At, Action: e.Action, Form: e.Form, Field: some(e.Field), Before: ready(e.Before), After: ready(e.After)}
		if e.MemberID != nil {
			node.MemberID = *e.MemberID
		}
		out.Nodes = append(out.Nodes, node)
		out.Edges = append(out.Edges, &model.DefinitionLogEdge{Cursor: logCursor(e), Node: node})
	}
	if len(out.Edges) > 0 {
		out.PageInfo.StartCursor, out.PageInfo.EndCursor = &out.Edges[0].Cursor, &out.Edges[len(out.Edges)-1].Cursor
	}
	return out, nil
}

func logCursor(e *change.LogEntry) string { return fmt.Sprintf("%d.%d", e.Version, e.Position) }
