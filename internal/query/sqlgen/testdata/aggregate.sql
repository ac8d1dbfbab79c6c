-- the number of all
SELECT count(*) AS n FROM "org_acme"."thing" r WHERE r.archived_at IS NULL

-- by a choice: count, sum, average
SELECT r."state" AS k1, count(*) AS n, coalesce(sum(r."amount_due"), 0) AS m1, trim_scale(round(sum(r."size") / nullif(count(r."size"), 0)::numeric(50, 30), 12)) AS m2 FROM "org_acme"."thing" r WHERE r.archived_at IS NULL GROUP BY r."state" ORDER BY array_position($1::text[], r."state") LIMIT 100
--   $1 = {"open","in_work","done","lost"}

-- of those that a filter holds for
SELECT r."checked"::text AS k1, count(*) AS n FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."size" < $1::bigint GROUP BY r."checked" ORDER BY r."checked" LIMIT 100
--   $1 = 5

-- smallest, largest, different
SELECT count(*) AS n, min(r."name") AS m1, max(r."due_on")::text AS m2, min(r."seen_at")::text AS m3, max(r."amount_due") AS m4, count(DISTINCT r."lead") AS m5 FROM "org_acme"."thing" r WHERE r.archived_at IS NULL

-- the median
SELECT count(*) AS n, trim_scale(round(((percentile_disc('{0.5,0.5000000001}'::float8[]) WITHIN GROUP (ORDER BY r."size"))[1]::numeric + (percentile_disc('{0.5,0.5000000001}'::float8[]) WITHIN GROUP (ORDER BY r."size"))[2]) * 0.5, 12)) AS m1 FROM "org_acme"."thing" r WHERE r.archived_at IS NULL

-- lengths of time
SELECT extract(epoch FROM r."took") AS k1, count(*) AS n, coalesce(sum(extract(epoch FROM r."took")), 0) AS m1, trim_scale(round(sum(extract(epoch FROM r."took")) / nullif(count(extract(epoch FROM r."took")), 0)::numeric(50, 30), 6)) AS m2, trim_scale(round(((percentile_disc('{0.5,0.5000000001}'::float8[]) WITHIN GROUP (ORDER BY extract(epoch FROM r."took")))[1]::numeric + (percentile_disc('{0.5,0.5000000001}'::float8[]) WITHIN GROUP (ORDER BY extract(epoch FROM r."took")))[2]) * 0.5, 6)) AS m3, max(extract(epoch FROM r."took")) AS m4 FROM "org_acme"."gauge" r WHERE r.archived_at IS NULL GROUP BY extract(epoch FROM r."took") ORDER BY extract(epoch FROM r."took") LIMIT 100

-- by fields of other records, each joined once
SELECT r2."name" AS k1, r1."state" AS k2, r3."rank"::text AS k3, r."thing" AS k4, count(*) AS n FROM "org_acme"."part" r LEFT JOIN "org_acme"."thing" r1 ON r1.id = r."thing" LEFT JOIN "org_acme"."site" r2 ON r2.id = r1."site" LEFT JOIN "org_acme"."zone" r3 ON r3.id = r2."zone" WHERE r.archived_at IS NULL GROUP BY r2."name", r1."state", r3."rank", r."thing" ORDER BY r2."name", array_position($1::text[], r1."state"), r3."rank", r."thing" LIMIT 100
--   $1 = {"open","in_work","done","lost"}

-- by periods
SELECT date_trunc('week', r."due_on"::timestamp)::date::text AS k1, date_trunc('month', fieldwork_expr.day_of(r."seen_at", $1::text)::timestamp)::date::text AS k2, r."due_on"::text AS k3, date_trunc('year', r1."opened_on"::timestamp)::date::text AS k4, count(*) AS n FROM "org_acme"."thing" r LEFT JOIN "org_acme"."site" r1 ON r1.id = r."site" WHERE r.archived_at IS NULL GROUP BY date_trunc('week', r."due_on"::timestamp)::date, date_trunc('month', fieldwork_expr.day_of(r."seen_at", $1::text)::timestamp)::date, r."due_on", date_trunc('year', r1."opened_on"::timestamp)::date ORDER BY date_trunc('week', r."due_on"::timestamp)::date, date_trunc('month', fieldwork_expr.day_of(r."seen_at", $1::text)::timestamp)::date, r."due_on", date_trunc('year', r1."opened_on"::timestamp)::date LIMIT 100
--   $1 = Asia/Shanghai

-- by the items of lists
SELECT r1.v AS k1, r2.target AS k2, r3."site" AS k3, count(*) AS n, coalesce(sum(r."price"), 0) AS m1 FROM "org_acme"."gauge" r LEFT JOIN LATERAL unnest(r."tags") AS r1 (v) ON true LEFT JOIN "org_acme"."gauge__helpers" r2 ON r2.record = r.id LEFT JOIN "org_acme"."thing" r3 ON r3.id = r."thing" WHERE r.archived_at IS NULL GROUP BY r1.v, r2.target, r3."site" ORDER BY array_position($1::text[], r1.v), r2.target, r3."site" LIMIT 100
--   $1 = {"open","in_work","done"}

-- by numbers and long texts
SELECT trim_scale(r."amount_due") AS k1, r."size"::text AS k2, left(r."body", 500) AS k3, count(*) AS n FROM "org_acme"."thing" r WHERE r.archived_at IS NULL GROUP BY trim_scale(r."amount_due"), r."size", left(r."body", 500) ORDER BY trim_scale(r."amount_due"), r."size", left(r."body", 500) LIMIT 100

-- computed fields
SELECT trim_scale(trim_scale(round(((r."size"::numeric * $1::numeric) + r."amount"), 12))) AS k1, (SELECT r1."state" FROM "org_acme"."thing" r1 WHERE r1.id = r."thing") AS k2, count(*) AS n, coalesce(sum(trim_scale(round((SELECT coalesce(sum((r2."price" * r2."quantity"::numeric)), 0) FROM "org_acme"."part" r2 WHERE r2."thing" = r."thing" AND r2.archived_at IS NULL), 12))), 0) AS m1, max((SELECT count(*)::numeric FROM "org_acme"."gauge__sites" r3_l JOIN "org_acme"."site" r3 ON r3.id = r3_l.target WHERE r3_l.record = r.id AND r3.archived_at IS NULL)) AS m2 FROM "org_acme"."gauge" r WHERE r.archived_at IS NULL GROUP BY trim_scale(trim_scale(round(((r."size"::numeric * $1::numeric) + r."amount"), 12))), (SELECT r1."state" FROM "org_acme"."thing" r1 WHERE r1.id = r."thing") ORDER BY trim_scale(trim_scale(round(((r."size"::numeric * $1::numeric) + r."amount"), 12))), array_position($2::text[], (SELECT r1."state" FROM "org_acme"."thing" r1 WHERE r1.id = r."thing")) LIMIT 100
--   $1 = 2
--   $2 = {"open","in_work","done","lost"}

-- in an order
SELECT r."state" AS k1, r."lead" AS k2, count(*) AS n, coalesce(sum(r."size"), 0) AS m1 FROM "org_acme"."thing" r WHERE r.archived_at IS NULL GROUP BY r."state", r."lead" ORDER BY coalesce(sum(r."size"), 0) DESC NULLS LAST, array_position($1::text[], r."state") DESC, count(*) NULLS FIRST, r."lead" LIMIT 100
--   $1 = {"open","in_work","done","lost"}

-- metrics of those records of a group that a condition holds for
SELECT r."state" AS k1, count(*) AS n, count(*) FILTER (WHERE ((r."site" IS NULL OR EXISTS (SELECT FROM "org_acme"."site" r1 WHERE r1.id = r."site" AND r1."name" IS DISTINCT FROM $1::text)) AND r."state" = $2::text)) AS m1, count(DISTINCT r."lead") FILTER (WHERE ((r."site" IS NULL OR EXISTS (SELECT FROM "org_acme"."site" r2 WHERE r2.id = r."site" AND r2."name" IS DISTINCT FROM $3::text)) AND r."state" = $4::text)) AS m2, coalesce(sum(r."size") FILTER (WHERE ((r."site" IS NULL OR EXISTS (SELECT FROM "org_acme"."site" r3 WHERE r3.id = r."site" AND r3."name" IS DISTINCT FROM $5::text)) AND r."state" = $6::text)), 0) AS m3, trim_scale(round(sum(r."size") FILTER (WHERE ((r."site" IS NULL OR EXISTS (SELECT FROM "org_acme"."site" r4 WHERE r4.id = r."site" AND r4."name" IS DISTINCT FROM $7::text)) AND r."state" = $8::text)) / nullif(count(r."size") FILTER (WHERE ((r."site" IS NULL OR EXISTS (SELECT FROM "org_acme"."site" r4 WHERE r4.id = r."site" AND r4."name" IS DISTINCT FROM $7::text)) AND r."state" = $8::text)), 0)::numeric(50, 30), 12)) AS m4, trim_scale(round(((percentile_disc('{0.5,0.5000000001}'::float8[]) WITHIN GROUP (ORDER BY r."size") FILTER (WHERE ((r."site" IS NULL OR EXISTS (SELECT FROM "org_acme"."site" r5 WHERE r5.id = r."site" AND r5."name" IS DISTINCT FROM $9::text)) AND r."state" = $10::text)))[1]::numeric + (percentile_disc('{0.5,0.5000000001}'::float8[]) WITHIN GROUP (ORDER BY r."size") FILTER (WHERE ((r."site" IS NULL OR EXISTS (SELECT FROM "org_acme"."site" r5 WHERE r5.id = r."site" AND r5."name" IS DISTINCT FROM $9::text)) AND r."state" = $10::text)))[2]) * 0.5, 12)) AS m5, min(r."name") FILTER (WHERE ((r."site" IS NULL OR EXISTS (SELECT FROM "org_acme"."site" r6 WHERE r6.id = r."site" AND r6."name" IS DISTINCT FROM $11::text)) AND r."state" = $12::text)) AS m6, max(r."due_on") FILTER (WHERE ((r."site" IS NULL OR EXISTS (SELECT FROM "org_acme"."site" r7 WHERE r7.id = r."site" AND r7."name" IS DISTINCT FROM $13::text)) AND r."state" = $14::text))::text AS m7, count(*) AS m8 FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."size" < $15::bigint GROUP BY r."state" ORDER BY array_position($16::text[], r."state") LIMIT 100
--   $1 = a
--   $2 = open
--   $3 = a
--   $4 = open
--   $5 = a
--   $6 = open
--   $7 = a
--   $8 = open
--   $9 = a
--   $10 = open
--   $11 = a
--   $12 = open
--   $13 = a
--   $14 = open
--   $15 = 5
--   $16 = {"open","in_work","done","lost"}

-- of the children of many parents, all together
SELECT p.pos, c.* FROM unnest($1::bigint[]) WITH ORDINALITY AS p (id, pos) CROSS JOIN LATERAL (SELECT count(*) AS n, trim_scale(round(sum(r."size") / nullif(count(r."size"), 0)::numeric(50, 30), 12)) AS m1 FROM "org_acme"."thing" r WHERE r."site" = p.id AND r.archived_at IS NULL AND r."size" < $2::bigint) c
--   $1 = <nil>
--   $2 = 5

-- of the children of many parents, by a field
SELECT p.pos, c.* FROM unnest($1::bigint[]) WITH ORDINALITY AS p (id, pos) CROSS JOIN LATERAL (SELECT r1."name" AS k1, count(*) AS n FROM "org_acme"."thing" r LEFT JOIN "org_acme"."member" r1 ON r1.id = r."lead" WHERE r."site" = p.id AND r.archived_at IS NULL GROUP BY r1."name" ORDER BY r1."name" LIMIT 100) c
--   $1 = <nil>

-- along links
SELECT p.pos, c.* FROM unnest($1::bigint[]) WITH ORDINALITY AS p (id, pos) CROSS JOIN LATERAL (SELECT r."zone" AS k1, count(*) AS n FROM "org_acme"."gauge__sites" r_l JOIN "org_acme"."site" r ON r.id = r_l.target WHERE r_l.record = p.id AND r.archived_at IS NULL GROUP BY r."zone" ORDER BY r."zone" LIMIT 100) c
--   $1 = <nil>

-- saved: rows by what they come to and by a record
SELECT c."lead", c."state", c."seen_at"::text, c.count__, c."total", c."things" FROM (SELECT r."lead" AS "lead", r."state" AS "state", date_trunc('month', fieldwork_expr.day_of(r."seen_at", $1::text)::timestamp)::date AS "seen_at", count(*) AS count__, coalesce(sum(r."amount_due"), 0) AS "total", count(*) AS "things" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."size" < $2::bigint GROUP BY r."lead", r."state", date_trunc('month', fieldwork_expr.day_of(r."seen_at", $1::text)::timestamp)::date) c WHERE (EXISTS (SELECT FROM "org_acme"."member" r1 WHERE r1.id = c."lead" AND r1."name" = $3::text) AND (c."state" = $4::text) IS NOT TRUE AND c."total" > $5::numeric) ORDER BY c."total" DESC NULLS LAST, array_position($6::text[], c."state"), c."lead", c."seen_at" LIMIT 100 OFFSET 20
--   $1 = Asia/Shanghai
--   $2 = 5
--   $3 = a
--   $4 = open
--   $5 = 40
--   $6 = {"open","in_work","done","lost"}

-- saved: all in one row
SELECT c.count__, c."largest"::text FROM (SELECT count(*) AS count__, max(r."due_on") AS "largest" FROM "org_acme"."thing" r WHERE r.archived_at IS NULL) c WHERE c."largest" IS NOT NULL LIMIT 100 OFFSET 20

