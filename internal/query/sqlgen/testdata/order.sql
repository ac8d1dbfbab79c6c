-- size ascending, nulls last, forward, from the start
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r."size", r.id LIMIT 3) r

-- size ascending, nulls last, forward, from a value
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND (((r."size" > $1::bigint OR r."size" IS NULL)) OR (r."size" = $1::bigint AND r.id > $2::bigint)) ORDER BY r."size", r.id LIMIT 3) r
--   $1 = 5
--   $2 = 7

-- size ascending, nulls last, forward, from an empty field
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND ((r."size" IS NULL AND r.id > $1::bigint)) ORDER BY r."size", r.id LIMIT 3) r
--   $1 = 7

-- size ascending, nulls last, backward, from the start
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r."size" DESC, r.id DESC LIMIT 3) r

-- size ascending, nulls last, backward, from a value
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND ((r."size" < $1::bigint) OR (r."size" = $1::bigint AND r.id < $2::bigint)) ORDER BY r."size" DESC, r.id DESC LIMIT 3) r
--   $1 = 5
--   $2 = 7

-- size ascending, nulls last, backward, from an empty field
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND ((r."size" IS NOT NULL) OR (r."size" IS NULL AND r.id < $1::bigint)) ORDER BY r."size" DESC, r.id DESC LIMIT 3) r
--   $1 = 7

-- size ascending, nulls first, forward, from the start
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r."size" NULLS FIRST, r.id LIMIT 3) r

-- size ascending, nulls first, forward, from a value
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND ((r."size" > $1::bigint) OR (r."size" = $1::bigint AND r.id > $2::bigint)) ORDER BY r."size" NULLS FIRST, r.id LIMIT 3) r
--   $1 = 5
--   $2 = 7

-- size ascending, nulls first, forward, from an empty field
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND ((r."size" IS NOT NULL) OR (r."size" IS NULL AND r.id > $1::bigint)) ORDER BY r."size" NULLS FIRST, r.id LIMIT 3) r
--   $1 = 7

-- size ascending, nulls first, backward, from the start
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r."size" DESC NULLS LAST, r.id DESC LIMIT 3) r

-- size ascending, nulls first, backward, from a value
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND (((r."size" < $1::bigint OR r."size" IS NULL)) OR (r."size" = $1::bigint AND r.id < $2::bigint)) ORDER BY r."size" DESC NULLS LAST, r.id DESC LIMIT 3) r
--   $1 = 5
--   $2 = 7

-- size ascending, nulls first, backward, from an empty field
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND ((r."size" IS NULL AND r.id < $1::bigint)) ORDER BY r."size" DESC NULLS LAST, r.id DESC LIMIT 3) r
--   $1 = 7

-- size descending, nulls last, forward, from the start
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r."size" DESC NULLS LAST, r.id DESC LIMIT 3) r

-- size descending, nulls last, forward, from a value
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND (((r."size" < $1::bigint OR r."size" IS NULL)) OR (r."size" = $1::bigint AND r.id < $2::bigint)) ORDER BY r."size" DESC NULLS LAST, r.id DESC LIMIT 3) r
--   $1 = 5
--   $2 = 7

-- size descending, nulls last, forward, from an empty field
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND ((r."size" IS NULL AND r.id < $1::bigint)) ORDER BY r."size" DESC NULLS LAST, r.id DESC LIMIT 3) r
--   $1 = 7

-- size descending, nulls last, backward, from the start
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r."size" NULLS FIRST, r.id LIMIT 3) r

-- size descending, nulls last, backward, from a value
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND ((r."size" > $1::bigint) OR (r."size" = $1::bigint AND r.id > $2::bigint)) ORDER BY r."size" NULLS FIRST, r.id LIMIT 3) r
--   $1 = 5
--   $2 = 7

-- size descending, nulls last, backward, from an empty field
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND ((r."size" IS NOT NULL) OR (r."size" IS NULL AND r.id > $1::bigint)) ORDER BY r."size" NULLS FIRST, r.id LIMIT 3) r
--   $1 = 7

-- size descending, nulls first, forward, from the start
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r."size" DESC, r.id DESC LIMIT 3) r

-- size descending, nulls first, forward, from a value
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND ((r."size" < $1::bigint) OR (r."size" = $1::bigint AND r.id < $2::bigint)) ORDER BY r."size" DESC, r.id DESC LIMIT 3) r
--   $1 = 5
--   $2 = 7

-- size descending, nulls first, forward, from an empty field
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND ((r."size" IS NOT NULL) OR (r."size" IS NULL AND r.id < $1::bigint)) ORDER BY r."size" DESC, r.id DESC LIMIT 3) r
--   $1 = 7

-- size descending, nulls first, backward, from the start
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r."size", r.id LIMIT 3) r

-- size descending, nulls first, backward, from a value
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND (((r."size" > $1::bigint OR r."size" IS NULL)) OR (r."size" = $1::bigint AND r.id > $2::bigint)) ORDER BY r."size", r.id LIMIT 3) r
--   $1 = 5
--   $2 = 7

-- size descending, nulls first, backward, from an empty field
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND ((r."size" IS NULL AND r.id > $1::bigint)) ORDER BY r."size", r.id LIMIT 3) r
--   $1 = 7

-- due_on ascending, nulls last, forward, from the start
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r."due_on", r.id LIMIT 3

-- due_on ascending, nulls last, forward, from a value
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NOT NULL AND (r."due_on", r.id) > ($1::date, $2::bigint) ORDER BY r."due_on", r.id LIMIT 3
--   $1 = 2026-11-24
--   $2 = 7

-- due_on ascending, nulls last, forward, from a value, and then
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NULL ORDER BY r.id LIMIT 3

-- due_on ascending, nulls last, forward, from an empty field
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NULL AND (r.id) > ($1::bigint) ORDER BY r.id LIMIT 3
--   $1 = 7

-- due_on ascending, nulls last, backward, from the start
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r."due_on" DESC, r.id DESC LIMIT 3

-- due_on ascending, nulls last, backward, from a value
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NOT NULL AND (r."due_on", r.id) < ($1::date, $2::bigint) ORDER BY r."due_on" DESC, r.id DESC LIMIT 3
--   $1 = 2026-11-24
--   $2 = 7

-- due_on ascending, nulls last, backward, from an empty field
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NULL AND (r.id) < ($1::bigint) ORDER BY r.id DESC LIMIT 3
--   $1 = 7

-- due_on ascending, nulls last, backward, from an empty field, and then
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NOT NULL ORDER BY r."due_on" DESC, r.id DESC LIMIT 3

-- due_on ascending, nulls first, forward, from the start
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NULL ORDER BY r.id LIMIT 3

-- due_on ascending, nulls first, forward, from the start, and then
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NOT NULL ORDER BY r."due_on", r.id LIMIT 3

-- due_on ascending, nulls first, forward, from a value
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NOT NULL AND (r."due_on", r.id) > ($1::date, $2::bigint) ORDER BY r."due_on", r.id LIMIT 3
--   $1 = 2026-11-24
--   $2 = 7

-- due_on ascending, nulls first, forward, from an empty field
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NULL AND (r.id) > ($1::bigint) ORDER BY r.id LIMIT 3
--   $1 = 7

-- due_on ascending, nulls first, forward, from an empty field, and then
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NOT NULL ORDER BY r."due_on", r.id LIMIT 3

-- due_on ascending, nulls first, backward, from the start
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NOT NULL ORDER BY r."due_on" DESC, r.id DESC LIMIT 3

-- due_on ascending, nulls first, backward, from the start, and then
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NULL ORDER BY r.id DESC LIMIT 3

-- due_on ascending, nulls first, backward, from a value
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NOT NULL AND (r."due_on", r.id) < ($1::date, $2::bigint) ORDER BY r."due_on" DESC, r.id DESC LIMIT 3
--   $1 = 2026-11-24
--   $2 = 7

-- due_on ascending, nulls first, backward, from a value, and then
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NULL ORDER BY r.id DESC LIMIT 3

-- due_on ascending, nulls first, backward, from an empty field
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NULL AND (r.id) < ($1::bigint) ORDER BY r.id DESC LIMIT 3
--   $1 = 7

-- due_on descending, nulls last, forward, from the start
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NOT NULL ORDER BY r."due_on" DESC, r.id DESC LIMIT 3

-- due_on descending, nulls last, forward, from the start, and then
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NULL ORDER BY r.id DESC LIMIT 3

-- due_on descending, nulls last, forward, from a value
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NOT NULL AND (r."due_on", r.id) < ($1::date, $2::bigint) ORDER BY r."due_on" DESC, r.id DESC LIMIT 3
--   $1 = 2026-11-24
--   $2 = 7

-- due_on descending, nulls last, forward, from a value, and then
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NULL ORDER BY r.id DESC LIMIT 3

-- due_on descending, nulls last, forward, from an empty field
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NULL AND (r.id) < ($1::bigint) ORDER BY r.id DESC LIMIT 3
--   $1 = 7

-- due_on descending, nulls last, backward, from the start
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NULL ORDER BY r.id LIMIT 3

-- due_on descending, nulls last, backward, from the start, and then
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NOT NULL ORDER BY r."due_on", r.id LIMIT 3

-- due_on descending, nulls last, backward, from a value
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NOT NULL AND (r."due_on", r.id) > ($1::date, $2::bigint) ORDER BY r."due_on", r.id LIMIT 3
--   $1 = 2026-11-24
--   $2 = 7

-- due_on descending, nulls last, backward, from an empty field
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NULL AND (r.id) > ($1::bigint) ORDER BY r.id LIMIT 3
--   $1 = 7

-- due_on descending, nulls last, backward, from an empty field, and then
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NOT NULL ORDER BY r."due_on", r.id LIMIT 3

-- due_on descending, nulls first, forward, from the start
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r."due_on" DESC, r.id DESC LIMIT 3

-- due_on descending, nulls first, forward, from a value
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NOT NULL AND (r."due_on", r.id) < ($1::date, $2::bigint) ORDER BY r."due_on" DESC, r.id DESC LIMIT 3
--   $1 = 2026-11-24
--   $2 = 7

-- due_on descending, nulls first, forward, from an empty field
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NULL AND (r.id) < ($1::bigint) ORDER BY r.id DESC LIMIT 3
--   $1 = 7

-- due_on descending, nulls first, forward, from an empty field, and then
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NOT NULL ORDER BY r."due_on" DESC, r.id DESC LIMIT 3

-- due_on descending, nulls first, backward, from the start
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r."due_on", r.id LIMIT 3

-- due_on descending, nulls first, backward, from a value
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NOT NULL AND (r."due_on", r.id) > ($1::date, $2::bigint) ORDER BY r."due_on", r.id LIMIT 3
--   $1 = 2026-11-24
--   $2 = 7

-- due_on descending, nulls first, backward, from a value, and then
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NULL ORDER BY r.id LIMIT 3

-- due_on descending, nulls first, backward, from an empty field
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."due_on" IS NULL AND (r.id) > ($1::bigint) ORDER BY r.id LIMIT 3
--   $1 = 7

-- no order
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r.id LIMIT 3

-- no order, backward, from a record
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND (r.id) < ($1::bigint) ORDER BY r.id DESC LIMIT 3
--   $1 = 7

-- a column without empty fields
SELECT r."id" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r."serial", r."created_at" DESC, r.id DESC LIMIT 3

-- a choice goes by the place of its option
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND (((array_position($1::text[], r."state") > $2::integer OR array_position($1::text[], r."state") IS NULL)) OR (array_position($1::text[], r."state") = $2::integer AND r.id > $3::bigint)) ORDER BY array_position($4::text[], r."state"), r.id LIMIT 3) r
--   $1 = {"open","in_work","done","lost"}
--   $2 = 2
--   $3 = 7
--   $4 = {"open","in_work","done","lost"}

-- a long text goes by its beginning
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND (((left(r."body", 500) > $1::text OR left(r."body", 500) IS NULL)) OR (left(r."body", 500) = $1::text AND r.id > $2::bigint)) ORDER BY left(r."body", 500), r.id LIMIT 3) r
--   $1 = a
--   $2 = 7

-- three keys
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND (((r."checked" < $1::boolean OR r."checked" IS NULL)) OR (r."checked" = $1::boolean AND r."due_on" IS NOT NULL) OR (r."checked" = $1::boolean AND r."due_on" IS NULL AND r."name" < $2::text) OR (r."checked" = $1::boolean AND r."due_on" IS NULL AND r."name" = $2::text AND r.id < $3::bigint)) ORDER BY r."checked" DESC NULLS LAST, r."due_on" NULLS FIRST, r."name" DESC, r.id DESC LIMIT 3) r
--   $1 = true
--   $2 = a'b
--   $3 = 7

-- three keys, backward
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND ((r."checked" > $1::boolean) OR (r."checked" = $1::boolean AND r."due_on" IS NULL AND (r."name" > $2::text OR r."name" IS NULL)) OR (r."checked" = $1::boolean AND r."due_on" IS NULL AND r."name" = $2::text AND r.id > $3::bigint)) ORDER BY r."checked" NULLS FIRST, r."due_on" DESC NULLS LAST, r."name", r.id LIMIT 3) r
--   $1 = true
--   $2 = a'b
--   $3 = 7

-- a field of a record two references away
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY (SELECT (SELECT r2."rank" FROM "org_acme"."zone" r2 WHERE r2.id = r1."zone") FROM "org_acme"."site" r1 WHERE r1.id = r."site"), r.id LIMIT 3) r

-- a field of a record two references away, after a record without
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r CROSS JOIN LATERAL (SELECT (SELECT (SELECT r2."rank" FROM "org_acme"."zone" r2 WHERE r2.id = r1."zone") FROM "org_acme"."site" r1 WHERE r1.id = r."site") AS k1 OFFSET 0) k WHERE r.archived_at IS NULL AND ((k.k1 IS NULL AND r.id > $1::bigint)) ORDER BY k.k1, r.id LIMIT 3) r
--   $1 = 7

-- pinyin
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r."name" COLLATE "zh-x-icu" DESC NULLS LAST, r.id LIMIT 3) r

-- pinyin, after a record
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND (((r."name" COLLATE "zh-x-icu" < $1::text OR r."name" COLLATE "zh-x-icu" IS NULL)) OR (r."name" COLLATE "zh-x-icu" = $1::text AND r.id > $2::bigint)) ORDER BY r."name" COLLATE "zh-x-icu" DESC NULLS LAST, r.id LIMIT 3) r
--   $1 = 重庆
--   $2 = 7

-- found
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND fieldwork_expr.search_tokens(ARRAY[r."name", r."code", r."body"]) @@ (SELECT fieldwork_expr.search_query($1::text, false)) AND r."size" < $2::bigint ORDER BY CASE WHEN r."name" ILIKE $3::text THEN 2 WHEN r.id IN (SELECT r1.id FROM "org_acme"."thing" r1 WHERE fieldwork_expr.search_tokens(ARRAY[r1."name", r1."code", r1."body"]) @@ (SELECT fieldwork_expr.search_query($4::text, true))) THEN 1 ELSE 0 END DESC, r.id DESC LIMIT 3) r
--   $1 = 华东 gang
--   $2 = 5
--   $3 = 华东 gang%
--   $4 = 华东 gang

-- found, after a record
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r CROSS JOIN LATERAL (SELECT CASE WHEN r."name" ILIKE $1::text THEN 2 WHEN r.id IN (SELECT r1.id FROM "org_acme"."thing" r1 WHERE fieldwork_expr.search_tokens(ARRAY[r1."name", r1."code", r1."body"]) @@ (SELECT fieldwork_expr.search_query($2::text, true))) THEN 1 ELSE 0 END AS k1 OFFSET 0) k WHERE r.archived_at IS NULL AND fieldwork_expr.search_tokens(ARRAY[r."name", r."code", r."body"]) @@ (SELECT fieldwork_expr.search_query($3::text, false)) AND (k.k1, r.id) < ($4::integer, $5::bigint) ORDER BY k.k1 DESC, r.id DESC LIMIT 3) r
--   $1 = 华东 gang%
--   $2 = 华东 gang
--   $3 = 华东 gang
--   $4 = 1
--   $5 = 7

-- nothing follows the id
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND (((r."size" > $1::bigint OR r."size" IS NULL)) OR (r."size" = $1::bigint AND r.id < $2::bigint)) ORDER BY r."size", r.id DESC LIMIT 3) r
--   $1 = 5
--   $2 = 7

-- an offset
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r."size" DESC NULLS LAST, r.id DESC LIMIT 3 OFFSET 20) r

