-- +goose Up
-- Finds what was set before, which catalogs hold for questions about past days,
-- among all other changes of an organisation's definitions.
CREATE INDEX IF NOT EXISTS change_of_settings ON fieldwork.change (org_id, version DESC, position DESC) WHERE action = 'updateSettings';

-- +goose Down
DROP INDEX IF EXISTS fieldwork.change_of_settings;
