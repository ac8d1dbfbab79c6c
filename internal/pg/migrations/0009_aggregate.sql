-- +goose Up
-- Saved aggregates of an organisation: what is counted, as the generic face asks
-- for it. Written only by package change, which checks each before it is stored.
CREATE TABLE fieldwork.aggregate (
    org_id   bigint NOT NULL,
    form_id  bigint NOT NULL,
    id       bigint GENERATED ALWAYS AS IDENTITY,
    key      text   NOT NULL,              -- never changes
    label    jsonb  NOT NULL DEFAULT '{}', -- language -> text
    filter   jsonb  NOT NULL,              -- null: all live records
    group_by jsonb  NOT NULL,              -- [{field, by}]
    metrics  jsonb  NOT NULL,              -- [{name, function, field}]
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, form_id) REFERENCES fieldwork.form (org_id, id) ON DELETE CASCADE,
    CONSTRAINT aggregate_key_once UNIQUE (org_id, key)
);

-- +goose Down
DROP TABLE fieldwork.aggregate;
