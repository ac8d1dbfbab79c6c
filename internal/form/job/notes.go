package job

import (
	"context"
	"fmt"

	"fieldwork/internal/form"
	"fieldwork/internal/form/table"
	"fieldwork/internal/pg"
)

// notes are the numbers of records that are written while a job works on them. A
// trigger writes them into a table of the job in the transaction of the write, so
// that none is missed and none is noted that was not written.
//
// Whoever does again what was noted holds the note until it has committed: a write
// of the same record waits for that, and leaves a note of its own.
type notes struct {
	schema  string // quoted
	queue   string // qualified and quoted
	trigger string // of trigger and function, not quoted
}

// Two underscores stand in no key of a form.
func QueueName(j *form.Job) string { return fmt.Sprintf("job__%d", j.ID) }

// Prefix begins the names of what the job makes and others are not to take for
// theirs.
func Prefix(j *form.Job) string { return fmt.Sprintf("job_%d_", j.ID) }

func notesOf(j *form.Job, cat *form.Catalog) notes {
	schema := pg.Quote(cat.Schema)
	return notes{schema: schema, queue: schema + "." + pg.Quote(QueueName(j)), trigger: QueueName(j) + "_notes"}
}

// there says whether the table of notes has been made.
func (n notes) there(ctx context.Context, db table.Getter) (yes bool, err error) {
	err = db.GetContext(ctx, &yes, `SELECT to_regclass($1) IS NOT NULL`, n.queue)
	return yes, err
}

// watched says which writes are noted; the texts are those of PL/pgSQL.
type watched struct {
	table   string // qualified and quoted
	when    string // of the trigger
	changed string // the condition
	also    string // what else is done
	record  string // number of the record
	back    string // what the trigger returns
}

const everyWrite = "AFTER INSERT OR UPDATE OR DELETE"

// watch makes the table of notes and the trigger. Taking the lock for the trigger
// waits for whoever is writing, so that no write goes unnoticed.
func (n notes) watch(ctx context.Context, m *table.Maker, w watched) error {
	if err := m.DDL(ctx, `CREATE TABLE %s (record bigint PRIMARY KEY)`, n.queue); err != nil {
		return err
	}
	if err := m.DDL(ctx, `GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s`, n.queue, pg.Quote(m.Cat.Role)); err != nil {
		return err
	}
	// The update in the conflict waits for a batch that is taking the note away.
	if err := m.DDL(ctx, `CREATE FUNCTION %s.%s() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF %s THEN
				%s
				INSERT INTO %s AS q VALUES (%s) ON CONFLICT (record) DO UPDATE SET record = q.record;
			END IF;
			RETURN %s;
		END $$`, n.schema, pg.Quote(n.trigger), w.changed, w.also, n.queue, w.record, w.back); err != nil {
		return err
	}
	return m.DDL(ctx, `CREATE TRIGGER %s %s ON %s FOR EACH ROW EXECUTE FUNCTION %s.%s()`, pg.Quote(n.trigger), w.when, w.table, n.schema, pg.Quote(n.trigger))
}

// takeDown drops the trigger and the notes.
func (n notes) takeDown(ctx context.Context, m *table.Maker, table string) error {
	if err := m.DDL(ctx, `DROP TRIGGER IF EXISTS %s ON %s`, pg.Quote(n.trigger), table); err != nil {
		return err
	}
	if err := m.DDL(ctx, `DROP FUNCTION IF EXISTS %s.%s()`, n.schema, pg.Quote(n.trigger)); err != nil {
		return err
	}
	return m.DDL(ctx, `DROP TABLE IF EXISTS %s`, n.queue)
}
