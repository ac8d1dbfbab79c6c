-- insert with a value of every kind
INSERT INTO "org_acme"."thing" AS r (created_by, updated_by, "name", "code", "body", "serial", "size", "amount_due", "checked", "due_on", "seen_at", "state", "lead", "site") VALUES ($1::bigint, $1::bigint, $2::text, $3::text, $4::text, $5::bigint, $6::bigint, $7::numeric, $8::boolean, $9::date, $10::timestamptz, $11::text, $12::bigint, $13::bigint) RETURNING r.id
--   $1 = 1
--   $2 = a'b"c\
--   $3 = a'b"c\
--   $4 = line
line
--   $5 = 1
--   $6 = 1
--   $7 = 0.10
--   $8 = true
--   $9 = 2026-11-24
--   $10 = 2026-11-24T09:30:00Z
--   $11 = open
--   $12 = <nil>
--   $13 = <nil>

-- insert by the program
INSERT INTO "org_acme"."thing" AS r (created_by, updated_by, "serial") VALUES ($1::bigint, $1::bigint, $2::bigint) RETURNING r.id
--   $1 = <nil>
--   $2 = 1

-- insert nothing
INSERT INTO "org_acme"."part" AS r (created_by, updated_by) VALUES ($1::bigint, $1::bigint) RETURNING r.id
--   $1 = <nil>

-- update
UPDATE "org_acme"."thing" AS r SET "name" = $1::text, "code" = $2::text, version = r.version + 1, updated_at = now(), updated_by = $3::bigint WHERE r.id = $4::bigint AND r.version = $5::bigint AND r.archived_at IS NULL RETURNING true
--   $1 = a'b"c\
--   $2 = a'b"c\
--   $3 = 1
--   $4 = 5
--   $5 = 2

-- update nothing
UPDATE "org_acme"."thing" AS r SET version = r.version + 1, updated_at = now(), updated_by = $1::bigint WHERE r.id = $2::bigint AND r.version = $3::bigint AND r.archived_at IS NULL RETURNING true
--   $1 = <nil>
--   $2 = 5
--   $3 = 2

-- archive
UPDATE "org_acme"."thing" SET archived_at = now(), version = version + 1, updated_at = now(), updated_by = $1::bigint WHERE id = $2::bigint AND version = $3::bigint AND archived_at IS NULL
--   $1 = 1
--   $2 = 5
--   $3 = 2

-- restore
UPDATE "org_acme"."thing" SET archived_at = NULL, version = version + 1, updated_at = now(), updated_by = $1::bigint WHERE id = $2::bigint AND version = $3::bigint AND archived_at IS NOT NULL
--   $1 = <nil>
--   $2 = 5
--   $3 = 2

-- delete
DELETE FROM "org_acme"."thing" WHERE id = $1::bigint AND version = $2::bigint
--   $1 = 5
--   $2 = 2

