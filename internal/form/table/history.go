package table

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"

	"github.com/jmoiron/sqlx"
)

// historyDDL makes the table of changes and the functions that fill it, in the
// schema %[1]s, for the role %[2]s.
//
// Changes of definitions and the work behind them are done by the owner of the
// tables, without a role; they change how a record is kept, not the record, and
// leave no trace. A column with two underscores is one that such work fills.
const historyDDL = `
CREATE TABLE %[1]s.history__ (
	form text NOT NULL, record bigint NOT NULL, seq bigint GENERATED ALWAYS AS IDENTITY,
	tx xid8 NOT NULL DEFAULT pg_current_xact_id(), at timestamptz NOT NULL DEFAULT now(), by bigint, via text NOT NULL,
	action text NOT NULL, version int, was jsonb NOT NULL DEFAULT '{}', became jsonb NOT NULL DEFAULT '{}',
	merged_into bigint, merged_from bigint[],
	PRIMARY KEY (form, record, seq));
CREATE UNIQUE INDEX history__tx ON %[1]s.history__ (tx, form, record);
CREATE INDEX history__at ON %[1]s.history__ USING brin (at) WITH (pages_per_range = 16);
CREATE INDEX history__bin ON %[1]s.history__ (form, seq) WHERE action = 'DELETED' AND was <> '{}';
GRANT SELECT ON %[1]s.history__ TO %[2]s;

CREATE FUNCTION %[1]s.by__(member bigint, via text) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN
	EXECUTE 'SET LOCAL fieldwork.by = ' || quote_literal(coalesce(member::text, '') || ' ' || via);
	RETURN member;
END $$;

CREATE FUNCTION %[1]s.history__() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
	who text := current_setting('fieldwork.by', true);
	member bigint := nullif(split_part(who, ' ', 1), '');
	way text := coalesce(nullif(split_part(who, ' ', 2), ''), 'REQUEST');
	what text := 'DELETED';
	old_values jsonb;
	new_values jsonb;
BEGIN
	IF current_setting('role') = 'none' THEN
		RETURN NULL;
	END IF;
	IF TG_OP = 'INSERT' THEN
		INSERT INTO %[1]s.history__ AS h (form, record, by, via, action, version)
		VALUES (TG_TABLE_NAME, NEW.id, coalesce(member, NEW.created_by), way, 'CREATED', NEW.version)
		ON CONFLICT (tx, form, record) DO UPDATE SET action = 'CREATED', version = excluded.version, was = '{}', became = '{}';
		RETURN NULL;
	END IF;
	old_values := to_jsonb(OLD);
	IF TG_OP = 'DELETE' THEN
		old_values := old_values - ARRAY(SELECT k FROM jsonb_object_keys(old_values) k WHERE position('__' IN k) > 0);
		new_values := '{}';
	ELSE
		new_values := to_jsonb(NEW);
		SELECT jsonb_object_agg(key, value),
		       coalesce(jsonb_object_agg(key, new_values -> key) FILTER (WHERE key NOT IN ('version', 'updated_at', 'updated_by', 'archived_at')), '{}')
		  INTO old_values, new_values
		  FROM jsonb_each(old_values) WHERE new_values -> key <> value AND position('__' IN key) = 0;
		IF old_values IS NULL THEN
			RETURN NULL;
		END IF;
		what := CASE WHEN (OLD.archived_at IS NULL) = (NEW.archived_at IS NULL) THEN 'UPDATED' WHEN NEW.archived_at IS NULL THEN 'RESTORED' ELSE 'ARCHIVED' END;
		IF member IS NULL AND NEW.updated_at = now() THEN
			member := NEW.updated_by;
		END IF;
	END IF;
	INSERT INTO %[1]s.history__ AS h (form, record, by, via, action, version, was, became)
	VALUES (TG_TABLE_NAME, OLD.id, member, way, what, CASE WHEN what = 'DELETED' THEN OLD.version ELSE NEW.version END, old_values, new_values)
	ON CONFLICT (tx, form, record) DO UPDATE SET
		action = CASE WHEN excluded.action = 'DELETED' OR h.action <> 'CREATED' AND excluded.action <> 'UPDATED' THEN excluded.action ELSE h.action END,
		version = excluded.version,
		was = CASE WHEN excluded.action <> 'DELETED' AND h.action = 'CREATED' THEN h.was ELSE excluded.was || h.was END,
		became = CASE WHEN excluded.action = 'DELETED' OR h.action = 'CREATED' THEN '{}' ELSE h.became || excluded.became END;
	RETURN NULL;
END $$;

-- A record of what was kept of it. What does not fit a field that was converted
-- meanwhile is empty.
CREATE FUNCTION %[1]s.was__(empty anyelement, kept jsonb) RETURNS anyelement LANGUAGE plpgsql STABLE AS $$
DECLARE
	k text;
	v jsonb;
BEGIN
	RETURN jsonb_populate_record(empty, kept);
EXCEPTION WHEN others THEN
	FOR k, v IN SELECT * FROM jsonb_each(kept) LOOP
		BEGIN
			empty := jsonb_populate_record(empty, jsonb_build_object(k, v));
		EXCEPTION WHEN others THEN
			NULL;
		END;
	END LOOP;
	RETURN empty;
END $$;

-- Before links of a record are written, for the first time in a transaction.
CREATE FUNCTION %[1]s.history__links() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
	who text := current_setting('fieldwork.by', true);
	owner text := TG_ARGV[0];
	field text := TG_ARGV[1];
	here bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.record ELSE NEW.record END;
	list jsonb;
BEGIN
	IF current_setting('role') <> 'none'
	   AND NOT EXISTS (SELECT FROM %[1]s.history__ h WHERE h.tx = pg_current_xact_id() AND h.form = owner AND h.record = here
	                      AND (h.action = 'CREATED' OR h.was ? field)) THEN
		EXECUTE format('SELECT coalesce(jsonb_agg(target ORDER BY position), ''[]'') FROM %%I.%%I WHERE record = $1', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO list USING here;
		INSERT INTO %[1]s.history__ AS h (form, record, by, via, action, was, became)
		VALUES (owner, here, nullif(split_part(who, ' ', 1), '')::bigint, coalesce(nullif(split_part(who, ' ', 2), ''), 'REQUEST'), 'UPDATED',
		        jsonb_build_object(field, list), jsonb_build_object(field, list))
		ON CONFLICT (tx, form, record) DO UPDATE SET was = excluded.was || h.was, became = h.became || excluded.became;
	END IF;
	IF TG_OP = 'DELETE' THEN
		RETURN OLD;
	END IF;
	RETURN NEW;
END $$;

-- After links were written.
CREATE FUNCTION %[1]s.history__linked() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	IF current_setting('role') <> 'none' THEN
		EXECUTE format('UPDATE %[1]s.history__ h
			   SET became = h.became || jsonb_build_object(%%L, (SELECT coalesce(jsonb_agg(l.target ORDER BY l.position), ''[]'') FROM %%I.%%I l WHERE l.record = h.record))
			  FROM (SELECT DISTINCT record FROM changed) c
			 WHERE h.tx = pg_current_xact_id() AND h.form = %%L AND h.record = c.record AND h.was ? %%1$L AND h.action <> ''DELETED''',
			TG_ARGV[1], TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[0]);
	END IF;
	RETURN NULL;
END $$;
`

// recordTrigger makes the changes of the records of a form part of the history.
// Its name comes after those of foreign keys: what goes with a record is done.
func recordTrigger(cat *form.Catalog, key string) string {
	return fmt.Sprintf(`CREATE TRIGGER history__ AFTER INSERT OR UPDATE OR DELETE ON %[1]s.%[2]s FOR EACH ROW EXECUTE FUNCTION %[1]s.history__()`, pg.Quote(cat.Schema), pg.Quote(key))
}

// linkTriggers make the changes of a table of links part of the history of the
// records that have them.
func linkTriggers(x *form.Field) string {
	var b strings.Builder
	call := func(function string) string {
		return fmt.Sprintf(`EXECUTE FUNCTION %s.%s(%s, %s)`, pg.Quote(x.Form.Catalog.Schema), function, pg.Literal(x.Form.Key), pg.Literal(x.Key))
	}
	fmt.Fprintf(&b, `CREATE TRIGGER history__ BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW %s`, x.LinkTable(), call("history__links"))
	for _, on := range [][2]string{{"INSERT", "NEW"}, {"UPDATE", "NEW"}, {"DELETE", "OLD"}} {
		fmt.Fprintf(&b, `; CREATE TRIGGER %s AFTER %s ON %s REFERENCING %s TABLE AS changed FOR EACH STATEMENT %s`,
			pg.Quote("history__"+strings.ToLower(on[0])), on[0], x.LinkTable(), on[1], call("history__linked"))
	}
	return b.String()
}

// makeHistory makes the table of changes where there is none.
func (m *Maker) makeHistory(ctx context.Context) error {
	var there bool
	if err := m.Tx.GetContext(ctx, &there, `SELECT to_regclass($1) IS NOT NULL`, m.Cat.HistoryTable()); err != nil || there {
		return err
	}
	return m.DDL(ctx, historyDDL, pg.Quote(m.Cat.Schema), pg.Quote(m.Cat.Role))
}

const (
	// Organisations whose records are kept without a history, or whose role may
	// write it, as it may when the database was restored.
	selectWithoutHistory = `
		SELECT o.id FROM fieldwork.organisation o LEFT JOIN pg_namespace n ON n.nspname = 'org_' || o.key
		  LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'history__'
		 WHERE EXISTS (SELECT FROM fieldwork.form f WHERE f.org_id = o.id)
		   AND (c.oid IS NULL OR has_table_privilege(o.role, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))
		 ORDER BY o.id`
)

const selectUnwatched = `
		SELECT c.relname FROM pg_class c
		 WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND c.relkind = 'r'
		   AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'history__' AND t.tgenabled = 'O')
		 ORDER BY c.relname`

// UnwatchedTables are the tables of an organisation whose changes no trigger notes.
func UnwatchedTables(ctx context.Context, db Selecter, schema string) (map[string]bool, error) {
	var tables []string
	if err := db.SelectContext(ctx, &tables, selectUnwatched, schema); err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, t := range tables {
		out[t] = true
	}
	return out, nil
}

// EnsureHistory makes the tables of changes of organisations that were made
// before there were any. What happened until then is not in them.
func EnsureHistory(ctx context.Context, db *pg.DB) error {
	var ids []int64
	if err := db.Control.SelectContext(ctx, &ids, selectWithoutHistory); err != nil {
		return fmt.Errorf("look for organisations without a history: %w", err)
	}
	for _, id := range ids {
		if err := db.InTx(ctx, func(tx *sqlx.Tx) error { return ensureHistory(ctx, tx, id) }); err != nil {
			return fmt.Errorf("make the history of organisation %d: %w", id, err)
		}
	}
	return nil
}

func ensureHistory(ctx context.Context, tx *sqlx.Tx, orgID int64) error {
	if _, err := tx.ExecContext(ctx, `SELECT FROM fieldwork.organisation WHERE id = $1 FOR UPDATE`, orgID); err != nil {
		return err // two servers may start at once
	}
	cat, err := form.LoadIn(ctx, tx, orgID)
	if err != nil {
		return err
	}
	m := &Maker{Tx: tx, Cat: cat}
	if err := m.makeHistory(ctx); err != nil {
		return err
	}
	if err := m.DDL(ctx, `REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON %s FROM %s`, cat.HistoryTable(), pg.Quote(cat.Role)); err != nil {
		return err
	}
	unwatched, err := UnwatchedTables(ctx, tx, cat.Schema)
	if err != nil {
		return err
	}
	for _, f := range cat.Forms {
		if unwatched[f.Key] {
			if err := m.DDL(ctx, "%s", recordTrigger(cat, f.Key)); err != nil {
				return err
			}
		}
		for _, x := range f.Fields {
			if x.Kind != nil && x.HasLinkTable() && unwatched[x.LinkTableName()] {
				if err := m.DDL(ctx, "%s", linkTriggers(x)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// forgetDeleted takes out of a history what 1,000 records held that were deleted so
// long ago that they cannot be brought back.
const forgetDeleted = `
	UPDATE %[1]s h SET was = '{}', became = '{}'
	  FROM (SELECT d.form, d.record FROM %[1]s d
	         WHERE d.action = 'DELETED' AND d.was <> '{}' AND d.at < now() - interval '` + form.Kept + `'
	           AND NOT EXISTS (SELECT FROM %[1]s l WHERE l.form = d.form AND l.record = d.record AND l.seq > d.seq) LIMIT 1000) g
	 WHERE h.form = g.form AND h.record = g.record`

// ForgetDeleted takes out of the histories what records held that were deleted too
// long ago to be brought back. That they were there, and who deleted them, stays.
func ForgetDeleted(ctx context.Context, db *pg.DB) error {
	list, err := org.List(ctx, db)
	if err != nil {
		return err
	}
	var failed []error
	for _, o := range list {
		cat := form.Catalog{Schema: o.Schema()}
		for n := int64(1); n > 0; {
			res, err := db.Control.ExecContext(ctx, fmt.Sprintf(forgetDeleted, cat.HistoryTable()))
			if err != nil {
				failed = append(failed, fmt.Errorf("forget deleted records of organisation %s: %w", o.Key, pg.Translate(err)))
				break
			}
			if n, err = res.RowsAffected(); err != nil {
				failed = append(failed, err)
			}
		}
	}
	return errors.Join(failed...)
}

// ForgetValues takes what a field held out of the history. Nobody can write records
// of the form at that moment.
func (m *Maker) ForgetValues(ctx context.Context, x *form.Field) error {
	_, err := m.Tx.ExecContext(ctx, `UPDATE `+m.Cat.HistoryTable()+` SET was = was - $2, became = became - $2 WHERE form = $1 AND (jsonb_exists(was, $2) OR jsonb_exists(became, $2))`, x.Form.Key, x.Key)
	if err != nil {
		return fmt.Errorf("forget values: %w", err)
	}
	return nil
}
