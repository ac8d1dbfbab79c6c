-- +goose Up
-- Extracts: what a customer is shown of its own by whoever has the link, until it
-- expires or is revoked. Written and read only by package extract. Of the link only
-- the SHA-256 of its secret is kept. Rows stay when they are over, so that it can be
-- told what was given away.
CREATE TABLE fieldwork.extract (
    org_id         bigint NOT NULL,
    id             bigint GENERATED ALWAYS AS IDENTITY,
    hash           bytea NOT NULL,
    member_id      bigint NOT NULL,     -- who made it, and whose rights it shows things under
    form           text NOT NULL,       -- key of the form of customers when it was made
    customer       bigint NOT NULL,
    fields         bigint[] NOT NULL,   -- numbers of the customer's fields that are shown
    contact        bigint[] NOT NULL,   -- and of the fields of members
    responsibilities text[],            -- keys; null: all
    formats        text[] NOT NULL,     -- files that may be had beside the page
    language       text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    expires_at     timestamptz NOT NULL,
    revoked_at     timestamptz,
    opened_count   bigint NOT NULL DEFAULT 0,
    last_opened_at timestamptz,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, member_id) REFERENCES fieldwork.member (org_id, id) ON DELETE CASCADE
);
-- Every opening looks its extract up by hash.
CREATE UNIQUE INDEX extract_is_unique ON fieldwork.extract (hash);
CREATE INDEX extract_of_customer ON fieldwork.extract (org_id, form, customer, id);
CREATE INDEX extract_of_member ON fieldwork.extract (org_id, member_id);

-- +goose Down
DROP TABLE fieldwork.extract;
