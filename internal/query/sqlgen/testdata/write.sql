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
UPDATE "org_acme"."thing" AS r SET archived_at = now(), version = r.version + 1, updated_at = now(), updated_by = $1::bigint FROM (SELECT s."?id", s."?version", s."?n" FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS s ("?id", "?version", "?n")) d WHERE r.id = d."?id" AND (d."?version" IS NULL OR r.version = d."?version") AND r.archived_at IS NULL RETURNING d."?n"
--   $1 = 1
--   $2 = {"5"}
--   $3 = {"2"}

-- restore
UPDATE "org_acme"."thing" AS r SET archived_at = NULL, version = r.version + 1, updated_at = now(), updated_by = $1::bigint FROM (SELECT s."?id", s."?version", s."?n" FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS s ("?id", "?version", "?n")) d WHERE r.id = d."?id" AND (d."?version" IS NULL OR r.version = d."?version") AND r.archived_at IS NOT NULL RETURNING d."?n"
--   $1 = <nil>
--   $2 = {"5"}
--   $3 = {"2"}

-- delete
DELETE FROM "org_acme"."thing" r USING unnest($1::bigint[], $2::bigint[]) AS d (id, version) WHERE r.id = d.id AND (d.version IS NULL OR r.version = d.version) RETURNING r.id
--   $1 = {"5"}
--   $2 = {"2"}

-- insert several
INSERT INTO "org_acme"."thing" AS r (created_by, updated_by, "serial", "name") SELECT $1::bigint, $1::bigint, d."serial", d."name" FROM (SELECT s."serial", s."name", s."?n" FROM unnest($2::bigint[], $3::text[]) WITH ORDINALITY AS s ("serial", "name", "?n")) d RETURNING r.id
--   $1 = 1
--   $2 = {"1","2"}
--   $3 = {"a\"b\\",NULL}

-- insert several without values
INSERT INTO "org_acme"."part" AS r (created_by, updated_by) SELECT $1::bigint, $1::bigint FROM (SELECT s."?n" FROM generate_series(1::bigint, $2::bigint) AS s ("?n")) d RETURNING r.id
--   $1 = <nil>
--   $2 = 3

-- update several
UPDATE "org_acme"."thing" AS r SET "serial" = d."serial", "name" = CASE WHEN d."?g1" THEN d."name" ELSE r."name" END, version = r.version + 1, updated_at = now(), updated_by = $1::bigint FROM (SELECT s."?id", s."?version", s."serial", s."name", s."?g1", s."?n" FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::boolean[]) WITH ORDINALITY AS s ("?id", "?version", "serial", "name", "?g1", "?n")) d WHERE r.id = d."?id" AND (d."?version" IS NULL OR r.version = d."?version") AND r.archived_at IS NULL RETURNING d."?n"
--   $1 = 1
--   $2 = {"1","2"}
--   $3 = {NULL,"2"}
--   $4 = {"1","2"}
--   $5 = {"a\"b\\",NULL}
--   $6 = {t,f}

