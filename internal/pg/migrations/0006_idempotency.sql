-- +goose Up
CREATE TABLE fieldwork.idempotency (
	org_id    bigint      NOT NULL REFERENCES fieldwork.organisation ON DELETE CASCADE,
	member_id bigint      NOT NULL,
	key       text        NOT NULL,
	input     bytea       NOT NULL,
	answer    json,
	made_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, member_id, key)
);
CREATE INDEX idempotency_made_at ON fieldwork.idempotency (made_at);
