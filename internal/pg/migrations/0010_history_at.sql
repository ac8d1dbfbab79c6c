-- +goose Up

-- What has changed since a moment is found by it: history grows in the order of
-- time, so an index of ranges is enough. The organisation's own schema is written
-- by the program alone (form.historyDDL makes the same index for new ones).
-- +goose StatementBegin
DO $$
DECLARE
    s text;
BEGIN
    FOR s IN SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'history__' AND c.relkind = 'r' AND n.nspname LIKE 'org\_%' LOOP
        EXECUTE format('CREATE INDEX IF NOT EXISTS history__at ON %I.history__ USING brin (at) WITH (pages_per_range = 16)', s);
    END LOOP;
END $$;
-- +goose StatementEnd
