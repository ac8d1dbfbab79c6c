-- What fields and forms can say beyond their kinds: rules, dependent options,
-- design, versions, and changes that take long.

-- +goose Up

ALTER TABLE fieldwork.form
    ADD COLUMN plural_label jsonb NOT NULL DEFAULT '{}',  -- language -> what people read for many records
    ADD COLUMN colour       text  NOT NULL DEFAULT '',
    ADD COLUMN sections     jsonb NOT NULL DEFAULT '[]';  -- [{key, labels, columns}] in their order

-- Keys of the options of the field depended on that an option is offered for;
-- none: for all.
ALTER TABLE fieldwork.option ADD COLUMN parents text[] NOT NULL DEFAULT '{}';

-- What every record of a form keeps. Written only by package change; a UNIQUE rule
-- has an index rule_<id>_is_unique in the organisation's schema.
CREATE TABLE fieldwork.rule (
    org_id      bigint  NOT NULL,
    form_id     bigint  NOT NULL,
    id          bigint  GENERATED ALWAYS AS IDENTITY,
    key         text    NOT NULL,
    kind        text    NOT NULL,
    expression  text    NOT NULL DEFAULT '',
    fields      text[]  NOT NULL DEFAULT '{}',
    ignore_case boolean NOT NULL DEFAULT false,
    message     jsonb   NOT NULL DEFAULT '{}',
    position    int     NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, form_id) REFERENCES fieldwork.form (org_id, id) ON DELETE CASCADE,
    CONSTRAINT rule_key_is_taken UNIQUE (org_id, form_id, key),
    CONSTRAINT rule_key_is_a_plain_name CHECK (key ~ '^[a-z][a-z0-9_]{0,47}$'),
    CONSTRAINT rule_kind_is_known CHECK (kind IN ('CHECK', 'UNIQUE'))
);

-- A form as it was from a version of the definitions on: one row per change of
-- the form. Only ever added to, by package change, in the transaction of the change.
CREATE TABLE fieldwork.form_version (
    org_id     bigint NOT NULL REFERENCES fieldwork.organisation ON DELETE CASCADE,
    form       text   NOT NULL,
    version    bigint NOT NULL,
    definition jsonb  NOT NULL,
    PRIMARY KEY (org_id, form, version)
);

-- Changes of definitions that take long: filling, converting, building indexes.
-- Written by packages change and job; whoever holds the advisory lock of a row works on it.
CREATE TABLE fieldwork.job (
    org_id     bigint NOT NULL REFERENCES fieldwork.organisation ON DELETE CASCADE,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    form       text   NOT NULL,
    field      text   NOT NULL DEFAULT '',
    action     text   NOT NULL,
    input      jsonb  NOT NULL,          -- what was asked for
    state      text   NOT NULL DEFAULT 'WAITING',
    done       bigint NOT NULL DEFAULT 0, -- records seen so far
    total      bigint NOT NULL DEFAULT 0,
    cursor     bigint NOT NULL DEFAULT 0, -- number of the last record seen
    report     jsonb  NOT NULL DEFAULT '{}',
    error      text   NOT NULL DEFAULT '',
    member_id  bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at   timestamptz,
    PRIMARY KEY (org_id, id),
    CONSTRAINT job_state_is_known CHECK (state IN ('WAITING', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED'))
);
-- What is still to be done is looked for at start and when told.
CREATE INDEX job_to_do ON fieldwork.job (created_at) WHERE state IN ('WAITING', 'RUNNING');

-- Which named operations of which clients use which field, for previews of
-- changes. Written by package typed's counters, a while after the use.
CREATE TABLE fieldwork.operation_use (
    org_id    bigint NOT NULL REFERENCES fieldwork.organisation ON DELETE CASCADE,
    form      text   NOT NULL,
    field     text   NOT NULL,
    client    text   NOT NULL,
    operation text   NOT NULL,
    uses      bigint NOT NULL DEFAULT 0,
    last_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, form, field, client, operation)
);

-- +goose Down
DROP TABLE fieldwork.operation_use, fieldwork.job, fieldwork.form_version, fieldwork.rule;
ALTER TABLE fieldwork.option DROP COLUMN parents;
ALTER TABLE fieldwork.form DROP COLUMN plural_label, DROP COLUMN colour, DROP COLUMN sections;
