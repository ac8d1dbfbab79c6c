-- +goose Up
-- Suggested assignees that were refused: a member for a responsibility on a customer,
-- and the state of what the suggestion rested on. Written and read only by package
-- suggestion; it hides a suggestion for as long as its state is this one.
CREATE TABLE fieldwork.suggestion_refusal (
    org_id         bigint NOT NULL REFERENCES fieldwork.organisation ON DELETE CASCADE,
    form           text NOT NULL,       -- key of the form of customers
    customer       bigint NOT NULL,
    responsibility text NOT NULL,       -- key
    member         bigint NOT NULL,     -- who was suggested
    state          text NOT NULL,
    reason         text NOT NULL DEFAULT '',
    refused_by     bigint,              -- member; none: the program itself
    refused_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, form, customer, responsibility, member)
);

-- +goose Down
DROP TABLE fieldwork.suggestion_refusal;
