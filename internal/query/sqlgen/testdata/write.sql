-- insert with a value of every kind
INSERT INTO "org_acme"."thing" AS r (created_by, updated_by, "name", "code", "body", "serial", "size", "amount_due", "checked", "due_on", "seen_at", "state", "lead", "site") VALUES ("org_acme"."by__"($1::bigint, $2::text), $1::bigint, $3::text, $4::text, $5::text, $6::bigint, $7::bigint, $8::numeric, $9::boolean, $10::date, $11::timestamptz, $12::text, $13::bigint, $14::bigint) RETURNING r.id
--   $1 = 1
--   $2 = 
--   $3 = a'b"c\
--   $4 = a'b"c\
--   $5 = line
line
--   $6 = 1
--   $7 = 1
--   $8 = 0.10
--   $9 = true
--   $10 = 2026-11-24
--   $11 = 2026-11-24T09:30:00Z
--   $12 = open
--   $13 = <nil>
--   $14 = <nil>

-- insert by the program
INSERT INTO "org_acme"."thing" AS r (created_by, updated_by, "serial") VALUES ("org_acme"."by__"($1::bigint, $2::text), $1::bigint, $3::bigint) RETURNING r.id
--   $1 = <nil>
--   $2 = 
--   $3 = 1

-- insert nothing
INSERT INTO "org_acme"."part" AS r (created_by, updated_by) VALUES ("org_acme"."by__"($1::bigint, $2::text), $1::bigint) RETURNING r.id
--   $1 = <nil>
--   $2 = 

-- update
UPDATE "org_acme"."thing" AS r SET "name" = $1::text, "code" = $2::text, version = r.version + 1, updated_at = now(), updated_by = "org_acme"."by__"($3::bigint, $4::text) WHERE r.id = $5::bigint AND r.version = $6::bigint AND r.archived_at IS NULL RETURNING true
--   $1 = a'b"c\
--   $2 = a'b"c\
--   $3 = 1
--   $4 = 
--   $5 = 5
--   $6 = 2

-- update nothing
UPDATE "org_acme"."thing" AS r SET version = r.version + 1, updated_at = now(), updated_by = "org_acme"."by__"($1::bigint, $2::text) WHERE r.id = $3::bigint AND r.version = $4::bigint AND r.archived_at IS NULL RETURNING true
--   $1 = <nil>
--   $2 = 
--   $3 = 5
--   $4 = 2

-- archive
UPDATE "org_acme"."thing" SET archived_at = now(), version = version + 1, updated_at = now(), updated_by = "org_acme"."by__"($1::bigint, $2::text) WHERE id = $3::bigint AND version = $4::bigint AND archived_at IS NULL
--   $1 = 1
--   $2 = 
--   $3 = 5
--   $4 = 2

-- restore
UPDATE "org_acme"."thing" SET archived_at = NULL, version = version + 1, updated_at = now(), updated_by = "org_acme"."by__"($1::bigint, $2::text) WHERE id = $3::bigint AND version = $4::bigint AND archived_at IS NOT NULL
--   $1 = <nil>
--   $2 = 
--   $3 = 5
--   $4 = 2

-- delete
DELETE FROM "org_acme"."thing" WHERE id = $3::bigint AND version = $4::bigint RETURNING "org_acme"."by__"($1::bigint, $2::text)
--   $1 = 1
--   $2 = 
--   $3 = 5
--   $4 = 2

