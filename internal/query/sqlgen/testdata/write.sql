-- insert with a value of every kind
INSERT INTO "org_acme"."thing" AS r (created_by, updated_by, "name", "code", "body", "serial", "size", "amount_due", "checked", "due_on", "seen_at", "state", "lead", "site") VALUES ((SELECT "org_acme"."by__"($1::bigint, $2::text)), $1::bigint, $3::text, $4::text, $5::text, $6::bigint, $7::bigint, $8::numeric, $9::boolean, $10::date, $11::timestamptz, $12::text, $13::bigint, $14::bigint) RETURNING r.id
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
INSERT INTO "org_acme"."thing" AS r (created_by, updated_by, "serial") VALUES ((SELECT "org_acme"."by__"($1::bigint, $2::text)), $1::bigint, $3::bigint) RETURNING r.id
--   $1 = <nil>
--   $2 = 
--   $3 = 1

-- insert nothing
INSERT INTO "org_acme"."part" AS r (created_by, updated_by) VALUES ((SELECT "org_acme"."by__"($1::bigint, $2::text)), $1::bigint) RETURNING r.id
--   $1 = <nil>
--   $2 = 

-- update
UPDATE "org_acme"."thing" AS r SET "name" = $1::text, "code" = $2::text, version = r.version + 1, updated_at = now(), updated_by = (SELECT "org_acme"."by__"($3::bigint, $4::text)) WHERE r.id = $5::bigint AND r.version = $6::bigint AND r.archived_at IS NULL RETURNING true
--   $1 = a'b"c\
--   $2 = a'b"c\
--   $3 = 1
--   $4 = 
--   $5 = 5
--   $6 = 2

-- update nothing
UPDATE "org_acme"."thing" AS r SET version = r.version + 1, updated_at = now(), updated_by = (SELECT "org_acme"."by__"($1::bigint, $2::text)) WHERE r.id = $3::bigint AND r.version = $4::bigint AND r.archived_at IS NULL RETURNING true
--   $1 = <nil>
--   $2 = 
--   $3 = 5
--   $4 = 2

-- archive
UPDATE "org_acme"."thing" AS r SET archived_at = now(), version = r.version + 1, updated_at = now(), updated_by = (SELECT "org_acme"."by__"($1::bigint, $2::text)) FROM (SELECT s."?id", s."?version", s."?n" FROM unnest($3::bigint[], $4::bigint[]) WITH ORDINALITY AS s ("?id", "?version", "?n")) d WHERE r.id = d."?id" AND (d."?version" IS NULL OR r.version = d."?version") AND r.archived_at IS NULL RETURNING d."?n"
--   $1 = 1
--   $2 = 
--   $3 = {"5"}
--   $4 = {"2"}

-- restore
UPDATE "org_acme"."thing" AS r SET archived_at = NULL, version = r.version + 1, updated_at = now(), updated_by = (SELECT "org_acme"."by__"($1::bigint, $2::text)) FROM (SELECT s."?id", s."?version", s."?n" FROM unnest($3::bigint[], $4::bigint[]) WITH ORDINALITY AS s ("?id", "?version", "?n")) d WHERE r.id = d."?id" AND (d."?version" IS NULL OR r.version = d."?version") AND r.archived_at IS NOT NULL RETURNING d."?n"
--   $1 = <nil>
--   $2 = 
--   $3 = {"5"}
--   $4 = {"2"}

-- delete
DELETE FROM "org_acme"."thing" r USING unnest($3::bigint[], $4::bigint[]) AS d (id, version) WHERE r.id = d.id AND (d.version IS NULL OR r.version = d.version) RETURNING r.id, (SELECT "org_acme"."by__"($1::bigint, $2::text))
--   $1 = 1
--   $2 = 
--   $3 = {"5"}
--   $4 = {"2"}

-- insert several
INSERT INTO "org_acme"."thing" AS r (created_by, updated_by, "serial", "name") SELECT (SELECT "org_acme"."by__"($1::bigint, $2::text)), $1::bigint, d."serial", d."name" FROM (SELECT s."serial", s."name", s."?n" FROM unnest($3::bigint[], $4::text[]) WITH ORDINALITY AS s ("serial", "name", "?n")) d RETURNING r.id
--   $1 = 1
--   $2 = 
--   $3 = {"1","2"}
--   $4 = {"a\"b\\",NULL}

-- insert several without values
INSERT INTO "org_acme"."part" AS r (created_by, updated_by) SELECT (SELECT "org_acme"."by__"($1::bigint, $2::text)), $1::bigint FROM (SELECT s."?n" FROM generate_series(1::bigint, $3::bigint) AS s ("?n")) d RETURNING r.id
--   $1 = <nil>
--   $2 = 
--   $3 = 3

-- update several
UPDATE "org_acme"."thing" AS r SET "serial" = d."serial", "name" = CASE WHEN d."?g1" THEN d."name" ELSE r."name" END, version = r.version + 1, updated_at = now(), updated_by = (SELECT "org_acme"."by__"($1::bigint, $2::text)) FROM (SELECT s."?id", s."?version", s."serial", s."name", s."?g1", s."?n" FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::boolean[]) WITH ORDINALITY AS s ("?id", "?version", "serial", "name", "?g1", "?n")) d WHERE r.id = d."?id" AND (d."?version" IS NULL OR r.version = d."?version") AND r.archived_at IS NULL RETURNING d."?n"
--   $1 = 1
--   $2 = 
--   $3 = {"1","2"}
--   $4 = {NULL,"2"}
--   $5 = {"1","2"}
--   $6 = {"a\"b\\",NULL}
--   $7 = {t,f}

