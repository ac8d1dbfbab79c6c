-- +goose Up
-- What an organisation has set apart from its forms, one row for each concern, such
-- as how the health of customers is reckoned. Written only by package change, as a
-- change of definitions; what a value holds, the package of the concern knows.
CREATE TABLE IF NOT EXISTS fieldwork.setting (
	org_id  bigint NOT NULL REFERENCES fieldwork.organisation ON DELETE CASCADE,
	concern text   NOT NULL,
	value   jsonb  NOT NULL,
	PRIMARY KEY (org_id, concern)
);

-- +goose Down
DROP TABLE IF EXISTS fieldwork.setting;
