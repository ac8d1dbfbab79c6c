-- +goose Up
-- Files that the program made for a member, such as a picture of a table, until
-- they are fetched. Written and read only by package made; all of it may be
-- emptied, whoever waits for a file asks for it once more.
CREATE TABLE fieldwork.made (
	id         text        NOT NULL PRIMARY KEY, -- random
	org_id     bigint      NOT NULL REFERENCES fieldwork.organisation ON DELETE CASCADE,
	member_id  bigint      NOT NULL,             -- whose it is
	name       text        NOT NULL,
	type       text        NOT NULL,
	content    bytea       NOT NULL,
	expires_at timestamptz NOT NULL
);
-- For the member's own, the newest first, and for those that are over.
CREATE INDEX made_of_member ON fieldwork.made (org_id, member_id, expires_at);
CREATE INDEX made_expires_at ON fieldwork.made (expires_at);

-- +goose Down
DROP TABLE fieldwork.made;
