package form

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"

	"github.com/lib/pq"
)

// JobsChannel is the NOTIFY channel of jobs: one was made, or is to be given up.
const JobsChannel = "fieldwork_jobs"

// What jobs do.
const (
	jobIndex   = "index"        // build indexes of a field; input: indexInput
	jobConvert = "convertField" // input: Conversion
	jobRebuild = "rebuild"      // make a form's table anew; input: rebuildInput
	jobSearch  = "search"       // build the indexes over a form's texts
)

// JobState says how far a job is.
type JobState string

// The states of jobs.
const (
	JobWaiting   JobState = "WAITING"
	JobRunning   JobState = "RUNNING"
	JobDone      JobState = "DONE"
	JobFailed    JobState = "FAILED"
	JobCancelled JobState = "CANCELLED"
)

// Job is a change of definitions that takes long and goes on by itself. The
// definitions show it when it is done.
type Job struct {
	ID        int64
	OrgID     int64 `db:"org_id"`
	Form      string
	Field     string
	Action    string
	Input     []byte
	State     JobState
	Done      int64 // records seen so far
	Total     int64
	Cursor    int64
	Report    []byte
	Error     string
	MemberID  *int64     `db:"member_id"`
	CreatedAt time.Time  `db:"created_at"`
	EndedAt   *time.Time `db:"ended_at"` // set when nothing of it is left to be taken away either
}

// Progress is how much of the job is done, in per cent.
func (j *Job) Progress() int {
	switch {
	case j.State == JobDone:
		return 100
	case j.Total == 0:
		return 0
	}
	return int(min(j.Done*100/j.Total, 99))
}

// Rule is the rule whose index the job builds, nil for other jobs.
func (j *Job) Rule(f *Form) *Rule {
	var in indexInput
	if j.Action != jobIndex || json.Unmarshal(j.Input, &in) != nil || in.Rule == nil {
		return nil
	}
	return in.Rule.rule(f)
}

// Failures are the records that stood in the way of a job that failed.
func (j *Job) Failures() (r Failures) {
	_ = json.Unmarshal(j.Report, &r) // an empty report holds none
	return r
}

const (
	jobColumns = `org_id, id, form, field, action, input, state, done, total, cursor, report, error, member_id, created_at, ended_at`
	insertJob  = `
		INSERT INTO fieldwork.job (org_id, form, field, action, input, total, member_id) VALUES ($1, $2, $3, $4, $5, $6, $7)
		RETURNING ` + jobColumns
	selectBusy = `SELECT ` + jobColumns + ` FROM fieldwork.job WHERE org_id = $1 AND form = $2 AND field IN ($3, '') AND action NOT IN ('rebuild', 'search') AND ended_at IS NULL AND NOT id = ANY ($4::bigint[]) ORDER BY id LIMIT 1`
	selectJobs = `SELECT ` + jobColumns + ` FROM fieldwork.job WHERE org_id = $1 AND ($2 = '' OR state = $2) AND action <> 'search' ORDER BY id DESC LIMIT 200`
	selectJob  = `SELECT ` + jobColumns + ` FROM fieldwork.job WHERE org_id = $1 AND id = $2`
	cancelJob  = `UPDATE fieldwork.job SET state = 'CANCELLED', error = 'cancelled' WHERE org_id = $1 AND id = $2 AND state IN ('WAITING', 'RUNNING')`
)

// idle refuses a change of a field that a job is changing, or of any while a
// rule's index is being built; but are jobs that are in nobody's way.
func (e *edit) idle(ctx context.Context, f *Form, key string, but ...int64) error {
	var open []Job
	if err := e.tx.SelectContext(ctx, &open, selectBusy, e.cat.OrgID, f.Key, key, append(pq.Int64Array{}, but...)); err != nil {
		return err
	}
	if len(open) == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "a change of %q is under way: wait for it, or cancel it", key).At("key").With("job", open[0].ID)
}

// start makes a job by which the change goes on.
func (e *edit) start(ctx context.Context, x *Field, action string, total int64, input any) error {
	b, err := json.Marshal(input)
	if err != nil {
		return err
	}
	if e.job, err = e.insertJob(ctx, x, action, total, b); err != nil {
		return err
	}
	e.note("start:"+action, x.Form.Key, x.Key, nil, json.RawMessage(b))
	return nil
}

// insertJob makes a job, which runners hear of when the change is committed.
func (e *edit) insertJob(ctx context.Context, x *Field, action string, total int64, input []byte) (*Job, error) {
	j := &Job{}
	if err := e.tx.GetContext(ctx, j, insertJob, e.cat.OrgID, x.Form.Key, x.Key, action, input, total, e.by.Member()); err != nil {
		return nil, fmt.Errorf("start job: %w", err)
	}
	e.begun = append(e.begun, j.ID)
	_, err := e.tx.ExecContext(ctx, notify, JobsChannel, "")
	return j, err
}

// Jobs lists the latest jobs of an organisation, newest first; state "" is all.
// Those that build search indexes are left out: they change nothing that shows.
func (s *Store) Jobs(ctx context.Context, by org.Actor, state JobState) ([]*Job, error) {
	var out []*Job
	if !by.MayShape() {
		return nil, fault.New(fault.Forbidden, "only owners and managers may see changes of forms")
	}
	err := s.db.Control.SelectContext(ctx, &out, selectJobs, by.OrgID, state)
	return out, pg.Translate(err)
}

// Job returns one job, nil if there is none of that number.
func (s *Store) Job(ctx context.Context, by org.Actor, id int64) (*Job, error) {
	if !by.MayShape() {
		return nil, fault.New(fault.Forbidden, "only owners and managers may see changes of forms")
	}
	var j Job
	err := s.db.Control.GetContext(ctx, &j, selectJob, by.OrgID, id)
	if pg.IsNoRows(err) {
		return nil, nil
	}
	return &j, pg.Translate(err)
}

// CancelJob gives a job up: what it has made so far is taken away and the field
// stays as it was. Faults: FORBIDDEN, NOT_FOUND, CONFLICT for one that is over.
func (s *Store) CancelJob(ctx context.Context, by org.Actor, id int64) (*Job, error) {
	j, err := s.Job(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if j == nil {
		return nil, fault.New(fault.NotFound, "there is no such change").At("id")
	}
	r, err := s.db.Control.ExecContext(ctx, cancelJob, by.OrgID, id)
	if err != nil {
		return nil, pg.AsWrite(pg.Translate(err), true)
	}
	if n, _ := r.RowsAffected(); n == 0 {
		return nil, fault.New(fault.Conflict, "the change is over: it is %s", j.State).At("id")
	}
	if _, err := s.db.Control.ExecContext(ctx, notify, JobsChannel, ""); err != nil {
		return nil, pg.Translate(err)
	}
	return s.Job(ctx, by, id)
}

// jobs accounts for what jobs that have not ended have made.
func (c *checker) jobs(ctx context.Context, db *pg.DB, cat *Catalog) error {
	var open []*Job
	if err := db.Control.SelectContext(ctx, &open, `SELECT `+jobColumns+` FROM fieldwork.job WHERE org_id = $1 AND ended_at IS NULL`, cat.OrgID); err != nil {
		return pg.Translate(err)
	}
	for _, j := range open {
		if j.Action == jobSearch {
			c.textIndexes(cat.Form(j.Form))
			continue
		}
		if j.Action == jobIndex {
			for _, name := range j.indexNames(cat) {
				delete(c.names, name)
			}
			if x, owed := j.owed(cat); owed {
				delete(c.missing, x.name)
				delete(c.invalid, x.name)
			}
			continue
		}
		delete(c.tables, j.queueName())
		delete(c.tables, j.queueName()+"_new")
		for name := range c.names {
			if strings.HasPrefix(name, j.queueName()+"_") || strings.HasPrefix(name, j.prefix()) {
				delete(c.names, name)
			}
		}
		if j.Action == jobRebuild {
			var unproven []struct{ Table, Name string }
			if err := db.Control.SelectContext(ctx, &unproven, selectOpen, cat.Form(j.Form).Table()); err != nil {
				return pg.Translate(err)
			}
			for _, l := range unproven {
				delete(c.invalid, l.Name)
			}
			continue
		}
		delete(c.tables, j.sideTable(cat))
		delete(c.tables[j.Form], j.Field+"__new")
		if x := cat.Form(j.Form).any(j.Field); x != nil {
			for _, name := range []string{x.linkKey(), x.linkOwner(), x.ForeignKey()} {
				delete(c.names, name)
			}
		}
	}
	return nil
}
