-- The control tables: who may come in, and what each organisation's forms are.
-- Every table of an organisation leads its primary key with org_id. Records
-- themselves live in the schema org_<key> of their organisation, and nothing
-- there refers to a table here, so that an organisation can be dumped whole.

-- +goose Up

-- One row per organisation. Written by package org; version also by package
-- form, which adds one in the transaction of every change of a definition.
CREATE TABLE fieldwork.organisation (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        text NOT NULL,          -- schema is org_<key>; never changes
    role       text NOT NULL,          -- session role of its reads and writes
    name       text NOT NULL,
    time_zone  text NOT NULL,          -- IANA name; "today" is a day there
    language   text NOT NULL,          -- of labels when a request names none
    version    bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT organisation_key_is_taken UNIQUE (key),
    CONSTRAINT organisation_role_is_taken UNIQUE (role),
    CONSTRAINT organisation_key_is_a_plain_name CHECK (key ~ '^[a-z][a-z0-9_]{0,39}$')
);

-- What must be known of a member to let it in. The member's own record is in
-- the organisation's table member, under the same number; package record keeps
-- email and active in step within its transaction.
CREATE TABLE fieldwork.member (
    org_id        bigint NOT NULL REFERENCES fieldwork.organisation ON DELETE CASCADE,
    id            bigint NOT NULL,
    email         text NOT NULL,        -- lower case
    access        text NOT NULL DEFAULT 'MEMBER',
    active        boolean NOT NULL DEFAULT true,
    password_hash text,                 -- argon2id; none: cannot sign in by password
    PRIMARY KEY (org_id, id),
    CONSTRAINT member_access_is_known CHECK (access IN ('OWNER', 'MANAGER', 'MEMBER', 'VIEWER'))
);
-- Sign-in by address, across organisations; one account per address and organisation.
CREATE UNIQUE INDEX member_email_is_taken ON fieldwork.member (email, org_id);

-- Bearer tokens: sessions of people who signed in, and API tokens of programs.
-- Only the SHA-256 of a token is kept. Written by package org.
CREATE TABLE fieldwork.token (
    org_id     bigint NOT NULL,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    member_id  bigint NOT NULL,
    kind       text NOT NULL,
    name       text NOT NULL DEFAULT '',
    hash       bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, member_id) REFERENCES fieldwork.member (org_id, id) ON DELETE CASCADE,
    CONSTRAINT token_kind_is_known CHECK (kind IN ('SESSION', 'API'))
);
-- Every request looks its token up by hash.
CREATE UNIQUE INDEX token_is_unique ON fieldwork.token (hash);
CREATE INDEX token_of_member ON fieldwork.token (org_id, member_id);

-- One row per form. Written only by package change, in the same transaction as
-- the DDL of its table; the two never differ (fieldwork check compares them).
CREATE TABLE fieldwork.form (
    org_id      bigint NOT NULL REFERENCES fieldwork.organisation ON DELETE CASCADE,
    id          bigint GENERATED ALWAYS AS IDENTITY,
    key         text NOT NULL,          -- the table's name; never changes
    plural      text NOT NULL,
    type_name   text NOT NULL,          -- GraphQL names, stored when the form is made
    label       jsonb NOT NULL,         -- language -> text; changes freely
    description jsonb NOT NULL DEFAULT '{}',
    icon        text NOT NULL DEFAULT '',
    title       text NOT NULL,          -- key of the field shown where a record is mentioned
    standard    boolean NOT NULL DEFAULT false,
    position    int NOT NULL,
    archived_at timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id),
    CONSTRAINT form_key_is_taken UNIQUE (org_id, key),
    CONSTRAINT form_key_is_a_plain_name CHECK (key ~ '^[a-z][a-z0-9_]{0,39}$')
);

-- One row per field of a form. Written only by package change, in the same
-- transaction as the ALTER TABLE that makes the column.
CREATE TABLE fieldwork.field (
    org_id        bigint NOT NULL,
    form_id       bigint NOT NULL,
    id            bigint GENERATED ALWAYS AS IDENTITY,
    key           text NOT NULL,        -- the column's name; never changes
    name          text NOT NULL,        -- GraphQL name, stored when the field is made
    kind          text NOT NULL,
    label         jsonb NOT NULL,
    help          jsonb NOT NULL DEFAULT '{}',
    required      boolean NOT NULL DEFAULT false,
    filled        boolean NOT NULL DEFAULT false, -- the column is NOT NULL
    is_unique     boolean NOT NULL DEFAULT false,
    indexed       boolean NOT NULL DEFAULT false,
    default_value jsonb,
    purpose       text NOT NULL DEFAULT '',
    section       text NOT NULL DEFAULT '',
    standard      boolean NOT NULL DEFAULT false,
    settings      jsonb NOT NULL DEFAULT '{}',
    position      int NOT NULL,
    archived_at   timestamptz,          -- hidden, column kept
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, form_id) REFERENCES fieldwork.form (org_id, id) ON DELETE CASCADE,
    CONSTRAINT field_key_is_taken UNIQUE (org_id, form_id, key),
    CONSTRAINT field_key_is_a_plain_name CHECK (key ~ '^[a-z][a-z0-9_]{0,47}$')
);

-- The options of choice fields. An option is archived, never removed, so that
-- records which hold it stay readable.
CREATE TABLE fieldwork.option (
    org_id      bigint NOT NULL,
    field_id    bigint NOT NULL,
    key         text NOT NULL,          -- the stored value; never changes
    label       jsonb NOT NULL,
    colour      text NOT NULL DEFAULT '',
    position    int NOT NULL,
    archived_at timestamptz,
    PRIMARY KEY (org_id, field_id, key),
    FOREIGN KEY (org_id, field_id) REFERENCES fieldwork.field (org_id, id) ON DELETE CASCADE,
    CONSTRAINT option_key_is_a_plain_name CHECK (key ~ '^[a-z][a-z0-9_]{0,47}$')
);

-- Who changed which definition, when, and how. Only ever added to, by package change.
CREATE TABLE fieldwork.change (
    org_id    bigint NOT NULL REFERENCES fieldwork.organisation ON DELETE CASCADE,
    version   bigint NOT NULL,          -- the version that the change led to
    position  int NOT NULL DEFAULT 0,   -- order among the changes of one version
    at        timestamptz NOT NULL DEFAULT now(),
    member_id bigint,                   -- none: the program itself
    action    text NOT NULL,            -- addField, archiveField, ...
    form      text NOT NULL,
    field     text NOT NULL DEFAULT '',
    before    jsonb,
    after     jsonb,
    PRIMARY KEY (org_id, version, position)
);

-- +goose Down
DROP TABLE fieldwork.change, fieldwork.option, fieldwork.field, fieldwork.form, fieldwork.token, fieldwork.member, fieldwork.organisation;
