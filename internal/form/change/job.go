package change

import (
	"context"
	"encoding/json"
	"fmt"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"

	"github.com/lib/pq"
)

// JobsChannel is the NOTIFY channel of jobs: one was made, or is to be given up.
const JobsChannel = "fieldwork_jobs"

// RuleOf is the rule whose index the job builds, nil for other jobs.
func RuleOf(j *form.Job, f *form.Form) *form.Rule {
	var in IndexInput
	if j.Action != form.JobIndex || json.Unmarshal(j.Input, &in) != nil || in.Rule == nil {
		return nil
	}
	return in.Rule.Rule(f)
}

const (
	JobColumns = `org_id, id, form, field, action, input, state, done, total, cursor, report, error, member_id, created_at, ended_at`
	insertJob  = `
		INSERT INTO fieldwork.job (org_id, form, field, action, input, total, member_id) VALUES ($1, $2, $3, $4, $5, $6, $7)
		RETURNING ` + JobColumns
	selectBusy = `SELECT ` + JobColumns + ` FROM fieldwork.job WHERE org_id = $1 AND form = $2 AND field IN ($3, '') AND action NOT IN ('rebuild', 'search') AND ended_at IS NULL AND NOT id = ANY ($4::bigint[]) ORDER BY id LIMIT 1`
	selectJobs = `SELECT ` + JobColumns + ` FROM fieldwork.job WHERE org_id = $1 AND ($2 = '' OR state = $2) AND action <> 'search' ORDER BY id DESC LIMIT 200`
	SelectJob  = `SELECT ` + JobColumns + ` FROM fieldwork.job WHERE org_id = $1 AND id = $2`
	cancelJob  = `UPDATE fieldwork.job SET state = 'CANCELLED', error = 'cancelled' WHERE org_id = $1 AND id = $2 AND state IN ('WAITING', 'RUNNING')`
)

// Idle refuses a change of a field that a job is changing, or of any while a
// rule's index is being built; but are jobs that are in nobody's way.
func (e *Edit) Idle(ctx context.Context, f *form.Form, key string, but ...int64) error {
	var open []form.Job
	if err := e.Tx.SelectContext(ctx, &open, selectBusy, e.Cat.OrgID, f.Key, key, append(pq.Int64Array{}, but...)); err != nil {
		return err
	}
	if len(open) == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "a change of %q is under way: wait for it, or cancel it", key).At("key").With("job", open[0].ID)
}

// Start makes a job by which the change goes on.
func (e *Edit) Start(ctx context.Context, x *form.Field, action string, total int64, input any) error {
	b, err := json.Marshal(input)
	if err != nil {
		return err
	}
	if e.Job, err = e.insertJob(ctx, x, action, total, b); err != nil {
		return err
	}
	e.Note("start:"+action, x.Form.Key, x.Key, nil, json.RawMessage(b))
	return nil
}

// insertJob makes a job, which runners hear of when the change is committed.
func (e *Edit) insertJob(ctx context.Context, x *form.Field, action string, total int64, input []byte) (*form.Job, error) {
	j := &form.Job{}
	if err := e.Tx.GetContext(ctx, j, insertJob, e.Cat.OrgID, x.Form.Key, x.Key, action, input, total, e.by.Member()); err != nil {
		return nil, fmt.Errorf("start job: %w", err)
	}
	e.Begun = append(e.Begun, j.ID)
	_, err := e.Tx.ExecContext(ctx, notify, JobsChannel, "")
	return j, err
}

// Jobs lists the latest jobs of an organisation, newest first; state "" is all.
// Those that build search indexes are left out: they change nothing that shows.
func (s *Store) Jobs(ctx context.Context, by org.Actor, state form.JobState) ([]*form.Job, error) {
	var out []*form.Job
	if !by.MayShape() {
		return nil, fault.New(fault.Forbidden, "only owners and managers may see changes of forms")
	}
	err := s.DB.Control.SelectContext(ctx, &out, selectJobs, by.OrgID, state)
	return out, pg.Translate(err)
}

// Job returns one job, nil if there is none of that number.
func (s *Store) Job(ctx context.Context, by org.Actor, id int64) (*form.Job, error) {
	if !by.MayShape() {
		return nil, fault.New(fault.Forbidden, "only owners and managers may see changes of forms")
	}
	var j form.Job
	err := s.DB.Control.GetContext(ctx, &j, SelectJob, by.OrgID, id)
	if pg.IsNoRows(err) {
		return nil, nil
	}
	return &j, pg.Translate(err)
}

// CancelJob gives a job up: what it has made so far is taken away and the field
// stays as it was. Faults: FORBIDDEN, NOT_FOUND, CONFLICT for one that is over.
func (s *Store) CancelJob(ctx context.Context, by org.Actor, id int64) (*form.Job, error) {
	j, err := s.Job(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if j == nil {
		return nil, fault.New(fault.NotFound, "there is no such change").At("id")
	}
	r, err := s.DB.Control.ExecContext(ctx, cancelJob, by.OrgID, id)
	if err != nil {
		return nil, pg.AsWrite(pg.Translate(err), true)
	}
	if n, _ := r.RowsAffected(); n == 0 {
		return nil, fault.New(fault.Conflict, "the change is over: it is %s", j.State).At("id")
	}
	if _, err := s.DB.Control.ExecContext(ctx, notify, JobsChannel, ""); err != nil {
		return nil, pg.Translate(err)
	}
	return s.Job(ctx, by, id)
}
