-- size
SELECT r."size" FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>

-- thing.state
SELECT (SELECT r1."state" FROM "org_acme"."thing" r1 WHERE r1.id = r."thing") FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>

-- thing.site.zone.rank
SELECT (SELECT r3."rank" FROM "org_acme"."zone" r3 WHERE r3.id = (SELECT r2."zone" FROM "org_acme"."site" r2 WHERE r2.id = (SELECT r1."site" FROM "org_acme"."thing" r1 WHERE r1.id = r."thing"))) FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>

-- size * 2 + amount
SELECT trim_scale(round(((r."size"::numeric * $2::numeric) + r."amount"), 12)) FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 2

-- amount / size
SELECT trim_scale(round((r."amount" / nullif(r."size"::numeric, 0)), 12)) FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>

-- size % 7
SELECT (r."size"::numeric % nullif($2::numeric, 0)) FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 7

-- -price
SELECT trim_scale(round((- r."price"), 12)) FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>

-- null + size
SELECT NULL::numeric FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>

-- round(amount / 3, 2)
SELECT trim_scale(round(round((r."amount" / nullif($2::numeric, 0)), $3::numeric::integer), 12)) FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 3
--   $3 = 2

-- floor(amount)
SELECT floor(r."amount") FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>

-- name & " " & size
SELECT nullif(left(concat(r."name"::text, $2::text::text, r."size"::numeric::text), 100000), '') FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 =  

-- upper(left(name, 3))
SELECT nullif(upper(fieldwork_expr.left_of(r."name", $2::numeric)), '') FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 3

-- number(name)
SELECT trim_scale(round(fieldwork_expr.number_of(r."name"), 12)) FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>

-- replace(name, "a", "b")
SELECT nullif(fieldwork_expr.replaced(r."name", $2::text, $3::text), '') FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = a
--   $3 = b

-- if(size > 10, "much", size > 5, "some", null)
SELECT nullif(CASE WHEN (r."size"::numeric > $2::numeric) THEN $3::text WHEN (r."size"::numeric > $4::numeric) THEN $5::text ELSE NULL::text END, '') FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 10
--   $3 = much
--   $4 = 5
--   $5 = some

-- coalesce(size, stars, 0)
SELECT coalesce(r."size"::numeric, r."stars"::numeric, $2::numeric) FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 0

-- least(due_on, today())
SELECT least(r."due_on", $2::date)::text FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 2026-11-24

-- size > 1 and (open or thing.checked) and not has(tags, "open")
SELECT ((r."size"::numeric > $2::numeric) AND (r."open" OR (SELECT r1."checked" FROM "org_acme"."thing" r1 WHERE r1.id = r."thing")) AND (NOT (r."tags" @> ARRAY[$3::text])))::text FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 1
--   $3 = open

-- size between 1 and 3
SELECT ((r."size"::numeric >= $2::numeric) AND (r."size"::numeric <= $3::numeric))::text FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 1
--   $3 = 3

-- name is empty
SELECT (nullif(r."name", '') IS NULL)::text FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>

-- thing.state in ("open", "done", null)
SELECT ((SELECT r1."state" FROM "org_acme"."thing" r1 WHERE r1.id = r."thing") IN ($2::text, $3::text, NULL::text))::text FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = open
--   $3 = done

-- null in (1, size)
SELECT (NULL::numeric IN ($2::numeric, r."size"::numeric))::text FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 1

-- due_on + 7
SELECT fieldwork_expr.add_days(r."due_on", $2::numeric)::text FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 7

-- due_on - today()
SELECT (r."due_on" - $2::date)::numeric FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 2026-11-24

-- add_months(due_on, 1)
SELECT fieldwork_expr.add_months(r."due_on", $2::numeric)::text FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 1

-- end_of_month(due_on)
SELECT (date_trunc('month', r."due_on"::timestamp) + interval '1 month - 1 day')::date::text FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>

-- year(seen_at)
SELECT extract(year FROM fieldwork_expr.day_of(r."seen_at", $2::text))::numeric FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = Asia/Shanghai

-- date(seen_at)
SELECT fieldwork_expr.day_of(r."seen_at", $2::text)::text FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = Asia/Shanghai

-- seen_at + took
SELECT fieldwork_expr.add_duration(r."seen_at", r."took")::text FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>

-- took - "PT1H"
SELECT fieldwork_expr.add_durations(r."took", (- $2::interval))::text FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = PT1H

-- now() - seen_at
SELECT ($2::timestamptz - r."seen_at")::text FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 2026-11-24T09:00:00Z

-- hours(took)
SELECT trim_scale(round((extract(epoch FROM r."took")::numeric / 3600), 12)) FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>

-- thing.lead = me()
SELECT ((SELECT r1."lead" FROM "org_acme"."thing" r1 WHERE r1.id = r."thing") = $2::bigint)::text FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 1

-- count(sites)
SELECT (SELECT count(*)::numeric FROM "org_acme"."gauge__sites" r1_l JOIN "org_acme"."site" r1 ON r1.id = r1_l.target WHERE r1_l.record = r.id AND r1.archived_at IS NULL) FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>

-- sum(thing.parts: price * quantity where quantity > 0)
SELECT trim_scale(round((SELECT coalesce(sum((r1."price" * r1."quantity"::numeric)), 0) FROM "org_acme"."part" r1 WHERE r1."thing" = r."thing" AND r1.archived_at IS NULL AND (r1."quantity"::numeric > $2::numeric)), 12)) FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 0

-- first(forms.zone: name where rank = this.size)
SELECT nullif((SELECT r1."name" FROM "org_acme"."zone" r1 WHERE r1.archived_at IS NULL AND (r1."rank"::numeric = r."size"::numeric) ORDER BY r1.id LIMIT 1), '') FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>

-- sum(thing.parts: this.size)
SELECT (SELECT coalesce(sum(r1_v.v), 0) FROM (SELECT r."size"::numeric AS v FROM "org_acme"."part" r1 WHERE r1."thing" = r."thing" AND r1.archived_at IS NULL) r1_v WHERE true) FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>

-- max(thing.site.things: count(parts))
SELECT (SELECT max((SELECT count(*)::numeric FROM "org_acme"."part" r3 WHERE r3."thing" = r1.id AND r3.archived_at IS NULL)) FROM "org_acme"."thing" r1 WHERE r1."site" = (SELECT r2."site" FROM "org_acme"."thing" r2 WHERE r2.id = r."thing") AND r1.archived_at IS NULL) FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>

-- twice + site_count
SELECT trim_scale(round((trim_scale(round(((r."size"::numeric * $2::numeric) + r."amount"), 12)) + (SELECT count(*)::numeric FROM "org_acme"."gauge__sites" r1_l JOIN "org_acme"."site" r1 ON r1.id = r1_l.target WHERE r1_l.record = r.id AND r1.archived_at IS NULL)::numeric), 12)) FROM "org_acme"."gauge" r WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 2

-- one is written where it is used
SELECT r."id", trim_scale(round(((r."size"::numeric * $1::numeric) + r."amount"), 12)) FROM (SELECT r.* FROM "org_acme"."gauge" r WHERE r.archived_at IS NULL ORDER BY r."name", r.id LIMIT 3) r
--   $1 = 2

-- as condition and order
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."gauge" r WHERE r.archived_at IS NULL AND (trim_scale(round(((r."size"::numeric * $1::numeric) + r."amount"), 12)) > $2::numeric AND (SELECT r1."state" FROM "org_acme"."thing" r1 WHERE r1.id = r."thing") = ANY($3::text[])) ORDER BY trim_scale(round(((r."size"::numeric * $1::numeric) + r."amount"), 12)), array_position($4::text[], (SELECT r2."state" FROM "org_acme"."thing" r2 WHERE r2.id = r."thing")), r.id LIMIT 3) r
--   $1 = 2
--   $2 = 1.5
--   $3 = {"open"}
--   $4 = {"open","in_work","done","lost"}

-- after a cursor, keys are computed once
SELECT r."id" FROM (SELECT r.* FROM "org_acme"."gauge" r CROSS JOIN LATERAL (SELECT trim_scale(round(((r."size"::numeric * $1::numeric) + r."amount"), 12)) AS k1, array_position($2::text[], (SELECT r1."state" FROM "org_acme"."thing" r1 WHERE r1.id = r."thing")) AS k2 OFFSET 0) k WHERE r.archived_at IS NULL AND (((k.k1 > $3::numeric OR k.k1 IS NULL)) OR (k.k1 = $3::numeric AND k.k2 IS NULL AND (r."name" > $4::text OR r."name" IS NULL)) OR (k.k1 = $3::numeric AND k.k2 IS NULL AND r."name" = $4::text AND r.id > $5::bigint)) ORDER BY k.k1, k.k2, r."name", r.id LIMIT 3) r
--   $1 = 2
--   $2 = {"open","in_work","done","lost"}
--   $3 = 5
--   $4 = 5
--   $5 = 7

-- counted after none
SELECT count(*) FROM "org_acme"."gauge" r WHERE r.archived_at IS NULL AND (trim_scale(round(((r."size"::numeric * $1::numeric) + r."amount"), 12)) > $2::numeric AND (SELECT r1."state" FROM "org_acme"."thing" r1 WHERE r1.id = r."thing") = ANY($3::text[]))
--   $1 = 2
--   $2 = 1.5
--   $3 = {"open"}

-- what several use is read once
SELECT r."id", j1."state", trim_scale(round((SELECT coalesce(sum((r1."price" * r1."quantity"::numeric)), 0) FROM "org_acme"."part" r1 WHERE r1."thing" = r."thing" AND r1.archived_at IS NULL), 12)), j1."size", j3."name", (j3."level"::numeric + r."size"::numeric), coalesce(j1."size"::numeric, $1::numeric) FROM (SELECT r.* FROM "org_acme"."gauge" r WHERE r.archived_at IS NULL ORDER BY r."name", r.id LIMIT 3) r LEFT JOIN LATERAL (SELECT j1.* FROM "org_acme"."thing" j1 WHERE j1.id = r."thing" OFFSET 0) j1 ON true LEFT JOIN LATERAL (SELECT j3.* FROM "org_acme"."site" j3 WHERE j3.id = j1."site" OFFSET 0) j3 ON true
--   $1 = 0

-- of one record
SELECT r."id", j1."state", trim_scale(round((SELECT coalesce(sum((r1."price" * r1."quantity"::numeric)), 0) FROM "org_acme"."part" r1 WHERE r1."thing" = r."thing" AND r1.archived_at IS NULL), 12)), j1."size", j3."name", (j3."level"::numeric + r."size"::numeric), coalesce(j1."size"::numeric, $2::numeric) FROM "org_acme"."gauge" r LEFT JOIN LATERAL (SELECT j1.* FROM "org_acme"."thing" j1 WHERE j1.id = r."thing" OFFSET 0) j1 ON true LEFT JOIN LATERAL (SELECT j3.* FROM "org_acme"."site" j3 WHERE j3.id = j1."site" OFFSET 0) j3 ON true WHERE r.id = $1::bigint
--   $1 = 5
--   $2 = 0

-- of records by number
SELECT r."id", j1.v, trim_scale(round((j1.v * $2::numeric), 12)), trim_scale(round((j1.v + (SELECT count(*)::numeric FROM "org_acme"."gauge__sites" r1_l JOIN "org_acme"."site" r1 ON r1.id = r1_l.target WHERE r1_l.record = r.id AND r1.archived_at IS NULL)::numeric), 12)) FROM "org_acme"."gauge" r CROSS JOIN LATERAL (SELECT trim_scale(round(((r."size"::numeric * $2::numeric) + r."amount"), 12)) AS v OFFSET 0) j1 WHERE r.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 2

-- of children
SELECT p.pos, c.* FROM unnest($1::bigint[]) WITH ORDINALITY AS p (id, pos) CROSS JOIN LATERAL (SELECT r."id", (j2."level"::numeric + $2::numeric), j2."name" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r."site" = p.id AND r.archived_at IS NULL ORDER BY r."name", r.id LIMIT 3) r LEFT JOIN LATERAL (SELECT j2.* FROM "org_acme"."site" j2 WHERE j2.id = r."site" OFFSET 0) j2 ON true) c
--   $1 = <nil>
--   $2 = 1

