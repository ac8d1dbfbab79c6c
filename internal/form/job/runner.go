// Package job works on changes of definitions that take long, beside reads and
// writes: indexes of large forms, conversions of their fields, and tables that are to
// be made anew.
//
// Package change begins a job by a row of its table. A Runner in every server takes
// what is open under an advisory lock, notes how far it is in the transaction of each
// part, and ends the job with a change of definitions like any other. Whoever is killed
// is taken over where it was; what is given up is cleared away.
//
//	r := job.NewRunner(store, log)
//	err := r.Run(ctx) // until ctx ends; r.Wake() on a notification
//
// Nothing is decided here: a job does what was asked for when it was begun, on
// definitions as they are by then. What an open job has made that no definition tells
// of is told to package check (QueueName, IndexNames, SideTable, Owed).
//
// It is a little larger than other packages: its kinds of work share how writes are
// noted meanwhile (notes.go), how a part waits for locks, and how they are taken over.
package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"fieldwork/internal/fault"
	"fieldwork/internal/form"
	"fieldwork/internal/form/change"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
)

// Times of runners. A job whose runner was killed is taken over when PostgreSQL
// has noticed, which is asked for every takeover as long as a job is open.
const (
	jobSlots    = 2 // jobs that one runner works on at once
	takeover    = time.Second
	lookAgain   = 30 * time.Second // for jobs whose notification was lost
	watchEvery  = 300 * time.Millisecond
	jobLockWait = 30 * time.Second // longest wait of CREATE INDEX CONCURRENTLY for one other transaction
	jobAttempts = 20               // of steps that fail for no reason we know
)

const (
	// The jobs of one form are done one after the other, as they were begun: each
	// has been planned for the form as those before it leave it, and PostgreSQL
	// builds one index of a table at a time anyway.
	selectUnended = `
		SELECT ` + change.JobColumns + ` FROM fieldwork.job j WHERE ended_at IS NULL
		   AND NOT EXISTS (SELECT FROM fieldwork.job b WHERE b.org_id = j.org_id AND b.form = j.form AND b.id < j.id AND b.ended_at IS NULL)
		 ORDER BY id LIMIT 100`
	lockJob    = `SELECT pg_try_advisory_lock(1718184043, $1::bigint::int)` // the first number is ours alone
	unlockJob  = `SELECT pg_advisory_unlock(1718184043, $1::bigint::int)`
	runJob     = `UPDATE fieldwork.job SET state = 'RUNNING' WHERE org_id = $1 AND id = $2 AND state IN ('WAITING', 'RUNNING')`
	failJob    = `UPDATE fieldwork.job SET state = 'FAILED', error = $3, report = $4 WHERE org_id = $1 AND id = $2 AND state IN ('WAITING', 'RUNNING')`
	endJob     = `UPDATE fieldwork.job SET ended_at = now() WHERE org_id = $1 AND id = $2 AND ended_at IS NULL`
	finishJob  = `UPDATE fieldwork.job SET state = 'DONE', done = total, ended_at = now() WHERE org_id = $1 AND id = $2`
	holdJob    = `SELECT state FROM fieldwork.job WHERE org_id = $1 AND id = $2 FOR UPDATE`
	advanceJob = `UPDATE fieldwork.job SET done = least(total, greatest(done, $3)) WHERE org_id = $1 AND id = $2 AND ended_at IS NULL`
)

// errGone says that a job is no longer to be worked on.
var errGone = errors.New("the job was given up")

// Open are the jobs of an organisation of which something is left to be done or
// to be taken away.
func Open(ctx context.Context, db *pg.DB, orgID int64) (open []*form.Job, err error) {
	err = db.Control.SelectContext(ctx, &open, `SELECT `+change.JobColumns+` FROM fieldwork.job WHERE org_id = $1 AND ended_at IS NULL`, orgID)
	return open, pg.Translate(err)
}

// Runner works on the jobs of all organisations. Each server has one; whoever
// holds the advisory lock of a job works on it, on one connection, so that a
// runner that dies loses both at once and another takes over where it was.
type Runner struct {
	s    *change.Store
	log  *slog.Logger
	wake chan struct{}

	mu   sync.Mutex
	mine map[int64]context.CancelCauseFunc
}

// NewRunner returns a runner that changes definitions by s.
func NewRunner(s *change.Store, log *slog.Logger) *Runner {
	return &Runner{s: s, log: log, wake: make(chan struct{}, 1), mine: map[int64]context.CancelCauseFunc{}}
}

// Wake has the runner look for jobs, on a notification of JobsChannel.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run works on jobs until ctx ends, and returns when nothing of its own runs.
func (r *Runner) Run(ctx context.Context) error {
	apart, err := r.s.DB.Apart(jobSlots)
	if err != nil {
		return err
	}
	defer func() { _ = apart.Close() }()
	var all sync.WaitGroup
	defer all.Wait()
	for {
		pause := time.NewTimer(r.look(ctx, apart, &all))
		select {
		case <-ctx.Done():
			pause.Stop()
			return nil
		case <-r.wake:
			pause.Stop()
		case <-pause.C:
		}
	}
}

// look starts what is to be done and gives up what is not; it returns when to
// look again.
func (r *Runner) look(ctx context.Context, apart *sqlx.DB, all *sync.WaitGroup) time.Duration {
	var open []*form.Job
	if err := r.s.DB.Control.SelectContext(ctx, &open, selectUnended); err != nil {
		if ctx.Err() == nil {
			r.log.WarnContext(ctx, "look for jobs", "err", err)
		}
		return takeover
	}
	again := lookAgain
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, j := range open {
		again = takeover
		if stop, ok := r.mine[j.ID]; ok {
			if j.State == form.JobCancelled {
				stop(errGone)
			}
			continue
		}
		if len(r.mine) >= jobSlots {
			continue
		}
		work, stop := context.WithCancelCause(ctx)
		r.mine[j.ID] = stop
		all.Go(func() {
			err := r.work(work, apart, j)
			if err != nil && ctx.Err() == nil && !errors.Is(context.Cause(work), errGone) {
				r.log.WarnContext(ctx, "job", "id", j.ID, "action", j.Action, "form", j.Form, "field", j.Field, "err", err)
			}
			stop(nil)
			r.mu.Lock()
			delete(r.mine, j.ID)
			r.mu.Unlock()
		})
	}
	return again
}

// work does what is left of a job, if nobody else does.
func (r *Runner) work(ctx context.Context, apart *sqlx.DB, j *form.Job) (err error) {
	c, err := apart.Connx(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	var mine bool
	if err := c.GetContext(ctx, &mine, lockJob, j.ID); err != nil || !mine {
		return err
	}
	defer func() { _, _ = c.ExecContext(context.WithoutCancel(ctx), unlockJob, j.ID) }() // or goes with the connection
	if _, err := c.ExecContext(ctx, fmt.Sprintf(`SET lock_timeout = %d`, jobLockWait.Milliseconds())); err != nil {
		return err
	}
	// It may have ended since it was looked up, or somebody else may have got on
	// with it.
	if err := c.GetContext(ctx, j, change.SelectJob, j.OrgID, j.ID); err != nil || j.EndedAt != nil {
		return err
	}
	t := &task{r: r, c: c, Job: j}
	if j.State == form.JobWaiting || j.State == form.JobRunning {
		if _, err := c.ExecContext(ctx, runJob, j.OrgID, j.ID); err != nil {
			return err
		}
		err = t.attempt(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err == nil {
			r.log.InfoContext(ctx, "job done", "id", j.ID, "action", j.Action, "form", j.Form, "field", j.Field)
			return nil
		}
		if err := t.fail(ctx, err); err != nil {
			return err
		}
	}
	if err := t.clear(ctx); err != nil {
		return fmt.Errorf("clear away: %w", err)
	}
	_, err = c.ExecContext(ctx, endJob, j.OrgID, j.ID)
	return err
}

// task is a job being worked on.
type task struct {
	*form.Job
	r *Runner
	c *sqlx.Conn // holds the job's lock
}

// attempt runs the job's action, again and again as long as what stops it may
// pass.
func (t *task) attempt(ctx context.Context) error {
	for n := 1; ; n++ {
		err := t.act(ctx)
		if err == nil || ctx.Err() != nil || final(err) {
			return err
		}
		if pg.Lost(err) || n >= jobAttempts && !passing(err) {
			return err
		}
		t.r.log.InfoContext(ctx, "job is tried again", "id", t.ID, "err", err)
		pause := time.NewTimer(min(time.Duration(n)*200*time.Millisecond, 5*time.Second))
		select {
		case <-ctx.Done():
			pause.Stop()
		case <-pause.C:
		}
	}
}

// final says whether a job cannot succeed.
func final(err error) bool {
	k := fault.KindOf(err)
	if f, ok := errors.AsType[*fault.Fault](err); ok && pg.Code(f.Unwrap()) != "" && passing(f.Unwrap()) {
		return false
	}
	return errors.Is(err, errGone) || k == fault.Conflict || k == fault.Invalid || k == fault.NotFound || k == fault.Forbidden
}

// passing says whether an error is about others being in the way just now.
func passing(err error) bool {
	switch pg.Code(err) {
	case "55P03", "40P01", "40001", "23503":
		return true
	}
	return fault.KindOf(pg.Translate(err)) == fault.Unavailable
}

func (t *task) act(ctx context.Context) error {
	switch t.Action {
	case form.JobIndex:
		return t.buildIndexes(ctx)
	case form.JobConvert:
		return t.convert(ctx)
	case form.JobRebuild:
		return t.rebuild(ctx)
	case form.JobSearch:
		return t.buildTextIndexes(ctx)
	}
	return fault.New(fault.Invalid, "%q is no job of this program", t.Action)
}

// clear takes away what the job has made.
func (t *task) clear(ctx context.Context) error {
	cat, err := form.Load(ctx, t.r.s.DB, t.OrgID)
	if err != nil {
		return err
	}
	switch t.Action {
	case form.JobIndex:
		return t.clearIndexes(ctx, cat)
	case form.JobConvert:
		return t.clearConversion(ctx, cat)
	case form.JobRebuild:
		return t.clearRebuild(ctx, cat)
	case form.JobSearch:
		return t.clearTextIndexes(ctx, cat)
	}
	return nil
}

// fail writes why the job failed; what it leaves is still to be cleared away. An
// error that is no answer to anything is left for another try.
func (t *task) fail(ctx context.Context, err error) error {
	if errors.Is(err, errGone) {
		return nil
	}
	if !final(err) && (pg.Lost(err) || passing(err)) {
		return err
	}
	message, report := "internal error", []byte("{}")
	if f, ok := errors.AsType[*fault.Fault](err); ok {
		message = f.Message
		if n, ok := f.Details["count"].(int64); ok {
			examples, _ := f.Details["examples"].([]form.Failure)
			report, _ = json.Marshal(form.Failures{Count: n, Examples: examples}) // numbers and texts
		}
	} else {
		t.r.log.ErrorContext(ctx, "job failed", "id", t.ID, "action", t.Action, "form", t.Form, "field", t.Field, "err", err)
	}
	_, err = t.c.ExecContext(ctx, failJob, t.OrgID, t.ID, message, report)
	return err
}

// change is the change of definitions by which a job ends.
func (t *task) change(ctx context.Context, f func(ctx context.Context, e *change.Edit) error) error {
	return t.locked(ctx, func(ctx context.Context, e *change.Edit) error {
		if err := f(ctx, e); err != nil {
			return err
		}
		_, err := e.Tx.ExecContext(ctx, finishJob, t.OrgID, t.ID)
		return err
	})
}

// still does something that definitions do not tell of while they are locked.
func (t *task) still(ctx context.Context, f func(ctx context.Context, e *change.Edit) error) error {
	return t.locked(ctx, func(ctx context.Context, e *change.Edit) error {
		e.Still = true
		return f(ctx, e)
	})
}

// locked runs f in a change of definitions, if the job has not been given up.
func (t *task) locked(ctx context.Context, f func(ctx context.Context, e *change.Edit) error) error {
	cat, err := form.Load(ctx, t.r.s.DB, t.OrgID)
	if err != nil {
		return err
	}
	by := org.Program(t.OrgID, cat.OrgKey)
	if t.MemberID != nil {
		by.MemberID = *t.MemberID
	}
	_, err = t.r.s.Change(ctx, by, nil, func(ctx context.Context, e *change.Edit) error {
		var state form.JobState
		if err := e.Tx.GetContext(ctx, &state, holdJob, t.OrgID, t.ID); err != nil {
			return err
		}
		if state != form.JobRunning {
			return errGone
		}
		return f(ctx, e)
	})
	return err
}

// ddl runs a statement on the job's connection.
func (t *task) ddl(ctx context.Context, format string, args ...any) error {
	stmt := fmt.Sprintf(format, args...)
	if _, err := t.c.ExecContext(ctx, stmt); err != nil {
		return fmt.Errorf("%s: %w", stmt, err)
	}
	return nil
}

// short runs f in a transaction that waits for locks in short tries, so that
// nobody queues behind it.
func (t *task) short(ctx context.Context, f func(tx *sqlx.Tx) error) error {
	for {
		err := t.tryShort(ctx, f)
		if pg.Code(err) != "55P03" {
			return err
		}
		pause := time.NewTimer(100 * time.Millisecond)
		select {
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		case <-pause.C:
		}
	}
}

func (t *task) tryShort(ctx context.Context, f func(tx *sqlx.Tx) error) error {
	tx, err := t.c.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`SET LOCAL lock_timeout = %d`, change.LockTry.Milliseconds())); err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}
