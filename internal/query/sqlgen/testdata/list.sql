-- a page
SELECT r."id", r."name" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."size" < $1::bigint ORDER BY r.id LIMIT 21
--   $1 = 5

-- every column as a value and as the key of an order
SELECT r."id", (r."id")::text, r."version"::text, (r."version")::text, r."created_at"::text, (r."created_at")::text, r."created_by", (r."created_by")::text, r."updated_at"::text, (r."updated_at")::text, r."updated_by", (r."updated_by")::text, r."archived_at"::text, (r."archived_at")::text, r."name", (r."name")::text, r."code", (r."code")::text, r."body", (left(r."body", 500))::text, r."serial"::text, (r."serial")::text, r."size"::text, (r."size")::text, r."amount_due", (r."amount_due")::text, r."checked"::text, (r."checked")::text, r."due_on"::text, (r."due_on")::text, r."seen_at"::text, (r."seen_at")::text, r."state", (array_position($1::text[], r."state"))::text, r."lead", (r."lead")::text, r."site", (r."site")::text FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r.id LIMIT 1
--   $1 = {"open","in_work","done","lost"}

-- archived records when the filter speaks of them
SELECT r."id" FROM "org_acme"."thing" r WHERE r."archived_at" IS NOT NULL ORDER BY r.id LIMIT 1

-- a filter without conditions leaves no trace
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r.id LIMIT 1

-- one record
SELECT r."id", r."amount_due", r."site" FROM "org_acme"."thing" r WHERE r.id = $1::bigint
--   $1 = 5

-- records by number
SELECT r."id", r."checked"::text FROM "org_acme"."thing" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>

-- children of many parents
SELECT p.pos, c.* FROM unnest($1::bigint[]) WITH ORDINALITY AS p (id, pos) CROSS JOIN LATERAL (SELECT r."id", r."price" FROM "org_acme"."part" r WHERE r."thing" = p.id AND r.archived_at IS NULL ORDER BY r.id LIMIT 6) c
--   $1 = <nil>

-- children after a cursor
SELECT p.pos, c.* FROM unnest($1::bigint[]) WITH ORDINALITY AS p (id, pos) CROSS JOIN LATERAL (SELECT r."id" FROM (SELECT r.* FROM "org_acme"."part" r WHERE r."thing" = p.id AND r.archived_at IS NULL AND r."quantity" > $2::bigint AND (((r."quantity" > $3::bigint OR r."quantity" IS NULL)) OR (r."quantity" = $3::bigint AND r.id > $4::bigint)) ORDER BY r."quantity", r.id LIMIT 6) r) c
--   $1 = <nil>
--   $2 = 0
--   $3 = 5
--   $4 = 7

-- children before a cursor
SELECT p.pos, c.* FROM unnest($1::bigint[]) WITH ORDINALITY AS p (id, pos) CROSS JOIN LATERAL (SELECT r."id" FROM (SELECT r.* FROM "org_acme"."part" r WHERE r."thing" = p.id AND r.archived_at IS NULL AND ((r."quantity" < $2::bigint) OR (r."quantity" = $2::bigint AND r.id < $3::bigint)) ORDER BY r."quantity" DESC, r.id DESC LIMIT 6) r) c
--   $1 = <nil>
--   $2 = 5
--   $3 = 7

-- children after an offset
SELECT p.pos, c.* FROM unnest($1::bigint[]) WITH ORDINALITY AS p (id, pos) CROSS JOIN LATERAL (SELECT r."id" FROM (SELECT r.* FROM "org_acme"."part" r WHERE r."thing" = p.id AND r.archived_at IS NULL ORDER BY r.id LIMIT 6 OFFSET 2) r) c
--   $1 = <nil>

-- the number of records, whatever the page
SELECT count(*) FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."size" < $1::bigint
--   $1 = 5

-- the number of children, whatever the page
SELECT r."thing", count(*) FROM "org_acme"."part" r WHERE r."thing" = ANY($1::bigint[]) AND r.archived_at IS NULL AND r."quantity" > $2::bigint GROUP BY 1
--   $1 = <nil>
--   $2 = 0

-- the live records of forms
SELECT 0::bigint, count(*) FROM "org_acme"."thing" WHERE archived_at IS NULL UNION ALL SELECT 1::bigint, count(*) FROM "org_acme"."part" WHERE archived_at IS NULL

-- holding records
SELECT id, version::bigint, archived_at IS NOT NULL FROM "org_acme"."thing" WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE
--   $1 = {5}

-- records that a reference of others holds
SELECT DISTINCT r."site" FROM "org_acme"."thing" r WHERE r."site" = ANY($1::bigint[]) AND NOT r.id = ANY($2::bigint[])
--   $1 = {5}
--   $2 = {6}

-- records that links of others hold
SELECT DISTINCT l.target FROM "org_acme"."gauge__sites" l WHERE l.target = ANY($1::bigint[]) AND NOT l.record = ANY($2::bigint[])
--   $1 = {5}
--   $2 = {6}

-- records that hold what they were made with
SELECT p.id FROM unnest($1::bigint[]) AS p (id) CROSS JOIN LATERAL (SELECT coalesce((SELECT to_jsonb(r.*) FROM "org_acme"."gauge" r WHERE r.id = p.id), '{}') || jsonb_build_object($2::text, (SELECT jsonb_agg(l.target ORDER BY l.position) FROM "org_acme"."gauge__helpers" l WHERE l.record = p.id)) || jsonb_build_object($3::text, (SELECT jsonb_agg(l.target ORDER BY l.position) FROM "org_acme"."gauge__sites" l WHERE l.record = p.id)) || jsonb_build_object($4::text, (SELECT jsonb_agg(l.target ORDER BY l.position) FROM "org_acme"."gauge__files" l WHERE l.record = p.id)) AS v) now WHERE EXISTS (SELECT FROM "org_acme"."history__" h WHERE h.form = $5::text AND h.record = p.id AND h.action = 'CREATED') AND NOT EXISTS (SELECT FROM (SELECT w.key, (array_agg(w.value ORDER BY h.seq))[1] AS value FROM "org_acme"."history__" h CROSS JOIN LATERAL jsonb_each(h.was) w WHERE h.form = $5::text AND h.record = p.id AND w.key NOT IN ('version', 'updated_at', 'updated_by') GROUP BY w.key) was WHERE coalesce(nullif(was.value, 'null'), '[]') <> coalesce(nullif(now.v -> was.key, 'null'), '[]')) ORDER BY p.id
--   $1 = {5}
--   $2 = helpers
--   $3 = sites
--   $4 = files
--   $5 = gauge

-- the standing of a record
SELECT id, version::bigint, archived_at IS NOT NULL FROM "org_acme"."thing" WHERE id = ANY($1::bigint[])
--   $1 = {5}

-- an account
SELECT id, "email", archived_at IS NULL AND "status" = 'active' FROM "org_acme"."member" WHERE id = ANY($1::bigint[])
--   $1 = {1}

