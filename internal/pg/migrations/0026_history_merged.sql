-- +goose Up

-- Into which record of the same form one was merged, at its deletion, and which were
-- merged into one. The organisation's own schema is written by the program alone
-- (form.historyDDL makes the same columns for new ones).
-- +goose StatementBegin
DO $$
DECLARE
    s text;
BEGIN
    FOR s IN SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'history__' AND c.relkind = 'r' AND n.nspname LIKE 'org\_%' LOOP
        EXECUTE format('ALTER TABLE %I.history__ ADD COLUMN IF NOT EXISTS merged_into bigint, ADD COLUMN IF NOT EXISTS merged_from bigint[]', s);
    END LOOP;
END $$;
-- +goose StatementEnd
