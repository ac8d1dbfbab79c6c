-- health, with the standard forms alone
SELECT r.id, 'customer'::text, r."tier", (fieldwork_expr.day_of(r.created_at, $2::text) - date '1970-01-01')::bigint, (r."contract_end" - date '1970-01-01')::bigint, NULL::bigint, 1::bigint FROM "org_acme"."customer" r WHERE r.id = ANY($1::bigint[])
UNION ALL SELECT f."customer", 'contact', NULL, (fieldwork_expr.day_of(max(f."occurred_at"), $2::text) - date '1970-01-01')::bigint, NULL, NULL, 1 FROM "org_acme"."feedback" f WHERE f."customer" = ANY($1::bigint[]) AND (f.archived_at IS NULL OR f.archived_at >= $3::timestamptz) AND f."occurred_at" < $3::timestamptz AND f."channel" IS DISTINCT FROM $4::text GROUP BY 1
UNION ALL SELECT f."customer", 'answer', NULL, ($5::date - fieldwork_expr.day_of(f."occurred_at", $2::text))::bigint, f."rating"::bigint, f."recommend"::bigint, count(*) FROM "org_acme"."feedback" f WHERE f."customer" = ANY($1::bigint[]) AND (f.archived_at IS NULL OR f.archived_at >= $3::timestamptz) AND f."occurred_at" < $3::timestamptz AND f."occurred_at" >= $6::timestamptz AND (f."rating" IS NOT NULL OR f."recommend" IS NOT NULL) GROUP BY 1, 2, 3, 4, 5, 6
UNION ALL SELECT f."customer", 'issue', f."severity", CASE WHEN f."occurred_at" < $8::timestamptz THEN 1 ELSE 0 END, NULL, NULL, count(*) FROM "org_acme"."feedback" f WHERE f."customer" = ANY($1::bigint[]) AND (f.archived_at IS NULL OR f.archived_at >= $3::timestamptz) AND f."occurred_at" < $3::timestamptz AND (f."status" IS DISTINCT FROM $7::text OR f."closed_at" >= $3::timestamptz) AND f."kind" = ANY($9::text[]) GROUP BY 1, 2, 3, 4
UNION ALL SELECT t."customer", 'tasks', NULL, count(*) FILTER (WHERE t."status" = $10::text AND (t."done_at" IS NULL OR t."done_at" < $3::timestamptz) AND coalesce(fieldwork_expr.day_of(t."done_at", $2::text) <= t."due_on", false)), count(*) FILTER (WHERE t."status" = $10::text AND (t."done_at" IS NULL OR t."done_at" < $3::timestamptz) AND NOT coalesce(fieldwork_expr.day_of(t."done_at", $2::text) <= t."due_on", false)), NULL, count(*) FROM "org_acme"."task" t WHERE t."customer" = ANY($1::bigint[]) AND (t.archived_at IS NULL OR t.archived_at >= $3::timestamptz) AND t."status" IS DISTINCT FROM $11::text AND t."due_on" >= $12::date AND (t."due_on" < $5::date OR t."due_on" = $5::date AND t."status" = $10::text AND (t."done_at" IS NULL OR t."done_at" < $3::timestamptz)) GROUP BY 1
UNION ALL SELECT DISTINCT o."customer", 'covered', o."responsibility", NULL::bigint, NULL::bigint, NULL::bigint, 1::bigint FROM "org_acme"."role" o WHERE o."customer" = ANY($1::bigint[]) AND (o.archived_at IS NULL OR o.archived_at >= $3::timestamptz) AND o."level" = ANY($13::text[]) AND (o."starts_on" IS NULL OR o."starts_on" <= $5::date) AND (o."ends_on" IS NULL OR o."ends_on" >= $5::date) AND EXISTS (SELECT FROM "org_acme"."member" m WHERE m.id = o."member" AND (m.archived_at IS NULL OR m.archived_at >= $3::timestamptz) AND m."status" = $14::text)
--   $1 = <nil>
--   $2 = Asia/Shanghai
--   $3 = 2026-11-24T16:00:00Z
--   $4 = internal
--   $5 = 2026-11-24
--   $6 = 2026-05-28T16:00:00Z
--   $7 = closed
--   $8 = 2026-11-09T16:00:00Z
--   $9 = {"complaint","problem"}
--   $10 = done
--   $11 = cancelled
--   $12 = 2026-08-26
--   $13 = {"a","r"}
--   $14 = active

-- CONTACT due, with the standard forms alone
SELECT q.id, (q.last - date '1970-01-01')::bigint, (q.due - date '1970-01-01')::bigint, q.planned FROM (SELECT r.id, r.last, x.planned, CASE WHEN x.planned THEN x.due ELSE x.due END AS due FROM (SELECT r.id, fieldwork_expr.day_of(r.created_at, $2::text) AS made, coalesce(($5::integer[])[array_position($6::text[], r."tier")], $4::integer) AS days, (SELECT fieldwork_expr.day_of(max(f."occurred_at"), $2::text) FROM "org_acme"."feedback" f WHERE f."customer" = r.id AND (f.archived_at IS NULL OR f.archived_at >= $3::timestamptz) AND f."occurred_at" < $3::timestamptz AND f."channel" IS DISTINCT FROM $1::text) AS last, NULL::date AS plan FROM "org_acme"."customer" r WHERE r.created_at < $3::timestamptz AND (r.archived_at IS NULL OR r.archived_at >= $3::timestamptz) AND r."status" IS DISTINCT FROM $7::text) r CROSS JOIN LATERAL (SELECT r.plan IS NOT NULL AS planned, coalesce(r.plan, coalesce(r.last, r.made) + r.days) AS due) x) q WHERE q.due <= $8::date ORDER BY q.due, q.id LIMIT 21
--   $1 = internal
--   $2 = Asia/Shanghai
--   $3 = 2026-11-24T16:00:00Z
--   $4 = 180
--   $5 = {"14","30"}
--   $6 = {"a","b"}
--   $7 = lost
--   $8 = 2026-11-24

-- VISIT due, with the standard forms alone
SELECT q.id, (q.last - date '1970-01-01')::bigint, (q.due - date '1970-01-01')::bigint, q.planned FROM (SELECT r.id, r.last, x.planned, CASE WHEN x.planned THEN x.due ELSE x.due END AS due FROM (SELECT r.id, fieldwork_expr.day_of(r.created_at, $2::text) AS made, coalesce(($5::integer[])[array_position($6::text[], r."tier")], $4::integer) AS days, (SELECT fieldwork_expr.day_of(max(f."occurred_at"), $2::text) FROM "org_acme"."feedback" f WHERE f."customer" = r.id AND (f.archived_at IS NULL OR f.archived_at >= $3::timestamptz) AND f."occurred_at" < $3::timestamptz AND f."channel" = $1::text) AS last, NULL::date AS plan FROM "org_acme"."customer" r WHERE r.created_at < $3::timestamptz AND (r.archived_at IS NULL OR r.archived_at >= $3::timestamptz) AND r."status" IS DISTINCT FROM $7::text) r CROSS JOIN LATERAL (SELECT r.plan IS NOT NULL AS planned, coalesce(r.plan, coalesce(r.last, r.made) + r.days) AS due) x) q WHERE q.due <= $8::date ORDER BY q.due, q.id LIMIT 21
--   $1 = visit
--   $2 = Asia/Shanghai
--   $3 = 2026-11-24T16:00:00Z
--   $4 = 180
--   $5 = {"14","30"}
--   $6 = {"a","b"}
--   $7 = lost
--   $8 = 2026-11-24

-- REVIEW due, with the standard forms alone
SELECT q.id, (q.last - date '1970-01-01')::bigint, (q.due - date '1970-01-01')::bigint, q.planned FROM (SELECT r.id, r.last, x.planned, CASE WHEN x.planned THEN x.due ELSE x.due END AS due FROM (SELECT r.id, fieldwork_expr.day_of(r.created_at, $1::text) AS made, coalesce(($3::integer[])[array_position($4::text[], r."tier")], $2::integer) AS days, NULL::date AS last, NULL::date AS plan FROM "org_acme"."customer" r WHERE r.created_at < $5::timestamptz AND (r.archived_at IS NULL OR r.archived_at >= $5::timestamptz) AND r."status" IS DISTINCT FROM $6::text) r CROSS JOIN LATERAL (SELECT r.plan IS NOT NULL AS planned, coalesce(r.plan, coalesce(r.last, r.made) + r.days) AS due) x) q WHERE q.due <= $7::date ORDER BY q.due, q.id LIMIT 21
--   $1 = Asia/Shanghai
--   $2 = 180
--   $3 = {"14","30"}
--   $4 = {"a","b"}
--   $5 = 2026-11-24T16:00:00Z
--   $6 = lost
--   $7 = 2026-11-24

-- mine on working days after a cursor, with the standard forms alone
SELECT q.id, (q.last - date '1970-01-01')::bigint, (q.due - date '1970-01-01')::bigint, q.planned FROM (SELECT r.id, r.last, x.planned, CASE WHEN x.planned THEN x.due ELSE coalesce(($4::date[])[array_position($5::date[], x.due)], x.due + CASE extract(isodow FROM x.due) WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END) END AS due FROM (SELECT r.id, fieldwork_expr.day_of(r.created_at, $2::text) AS made, coalesce(($7::integer[])[array_position($8::text[], r."tier")], $6::integer) AS days, (SELECT fieldwork_expr.day_of(max(f."occurred_at"), $2::text) FROM "org_acme"."feedback" f WHERE f."customer" = r.id AND (f.archived_at IS NULL OR f.archived_at >= $3::timestamptz) AND f."occurred_at" < $3::timestamptz AND f."channel" IS DISTINCT FROM $1::text) AS last, NULL::date AS plan FROM "org_acme"."customer" r WHERE r.created_at < $3::timestamptz AND (r.archived_at IS NULL OR r.archived_at >= $3::timestamptz) AND r."status" IS DISTINCT FROM $9::text AND (r."owner" = $10::bigint OR EXISTS (SELECT FROM "org_acme"."role" o WHERE o."customer" = r.id AND o."member" = $10::bigint AND (o.archived_at IS NULL OR o.archived_at >= $3::timestamptz) AND o."level" = ANY($11::text[]) AND (o."starts_on" IS NULL OR o."starts_on" <= $12::date) AND (o."ends_on" IS NULL OR o."ends_on" >= $12::date) AND EXISTS (SELECT FROM "org_acme"."member" m WHERE m.id = o."member" AND (m.archived_at IS NULL OR m.archived_at >= $3::timestamptz) AND m."status" = $13::text)))) r CROSS JOIN LATERAL (SELECT r.plan IS NOT NULL AS planned, coalesce(r.plan, coalesce(r.last, r.made) + r.days) AS due) x) q WHERE q.due <= $12::date AND (q.due, q.id) > ($12::date, $14::bigint) ORDER BY q.due, q.id LIMIT 21
--   $1 = internal
--   $2 = Asia/Shanghai
--   $3 = 2026-11-24T16:00:00Z
--   $4 = {"2026-11-25"}
--   $5 = {"2026-11-24"}
--   $6 = 180
--   $7 = {"14","30"}
--   $8 = {"a","b"}
--   $9 = lost
--   $10 = 1
--   $11 = {"a","r"}
--   $12 = 2026-11-24
--   $13 = active
--   $14 = 7

-- how many, with the standard forms alone
SELECT count(*) FROM (SELECT r.id, r.last, x.planned, CASE WHEN x.planned THEN x.due ELSE coalesce(($4::date[])[array_position($5::date[], x.due)], x.due + CASE extract(isodow FROM x.due) WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END) END AS due FROM (SELECT r.id, fieldwork_expr.day_of(r.created_at, $2::text) AS made, coalesce(($7::integer[])[array_position($8::text[], r."tier")], $6::integer) AS days, (SELECT fieldwork_expr.day_of(max(f."occurred_at"), $2::text) FROM "org_acme"."feedback" f WHERE f."customer" = r.id AND (f.archived_at IS NULL OR f.archived_at >= $3::timestamptz) AND f."occurred_at" < $3::timestamptz AND f."channel" IS DISTINCT FROM $1::text) AS last, NULL::date AS plan FROM "org_acme"."customer" r WHERE r.created_at < $3::timestamptz AND (r.archived_at IS NULL OR r.archived_at >= $3::timestamptz) AND r."status" IS DISTINCT FROM $9::text AND (r."owner" = $10::bigint OR EXISTS (SELECT FROM "org_acme"."role" o WHERE o."customer" = r.id AND o."member" = $10::bigint AND (o.archived_at IS NULL OR o.archived_at >= $3::timestamptz) AND o."level" = ANY($11::text[]) AND (o."starts_on" IS NULL OR o."starts_on" <= $12::date) AND (o."ends_on" IS NULL OR o."ends_on" >= $12::date) AND EXISTS (SELECT FROM "org_acme"."member" m WHERE m.id = o."member" AND (m.archived_at IS NULL OR m.archived_at >= $3::timestamptz) AND m."status" = $13::text)))) r CROSS JOIN LATERAL (SELECT r.plan IS NOT NULL AS planned, coalesce(r.plan, coalesce(r.last, r.made) + r.days) AS due) x) q WHERE q.due <= $12::date
--   $1 = internal
--   $2 = Asia/Shanghai
--   $3 = 2026-11-24T16:00:00Z
--   $4 = {"2026-11-25"}
--   $5 = {"2026-11-24"}
--   $6 = 180
--   $7 = {"14","30"}
--   $8 = {"a","b"}
--   $9 = lost
--   $10 = 1
--   $11 = {"a","r"}
--   $12 = 2026-11-24
--   $13 = active

-- of certain customers, with the standard forms alone
SELECT q.id, (q.last - date '1970-01-01')::bigint, (q.due - date '1970-01-01')::bigint, q.planned FROM (SELECT r.id, r.last, x.planned, CASE WHEN x.planned THEN x.due ELSE coalesce(($4::date[])[array_position($5::date[], x.due)], x.due + CASE extract(isodow FROM x.due) WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END) END AS due FROM (SELECT r.id, fieldwork_expr.day_of(r.created_at, $2::text) AS made, coalesce(($7::integer[])[array_position($8::text[], r."tier")], $6::integer) AS days, (SELECT fieldwork_expr.day_of(max(f."occurred_at"), $2::text) FROM "org_acme"."feedback" f WHERE f."customer" = r.id AND (f.archived_at IS NULL OR f.archived_at >= $3::timestamptz) AND f."occurred_at" < $3::timestamptz AND f."channel" IS DISTINCT FROM $1::text) AS last, NULL::date AS plan FROM "org_acme"."customer" r WHERE r.created_at < $3::timestamptz AND (r.archived_at IS NULL OR r.archived_at >= $3::timestamptz) AND r.id = ANY($9::bigint[])) r CROSS JOIN LATERAL (SELECT r.plan IS NOT NULL AS planned, coalesce(r.plan, coalesce(r.last, r.made) + r.days) AS due) x) q WHERE true AND (q.due, q.id) > ($10::date, $11::bigint) ORDER BY q.due, q.id LIMIT 21
--   $1 = internal
--   $2 = Asia/Shanghai
--   $3 = 2026-11-24T16:00:00Z
--   $4 = {"2026-11-25"}
--   $5 = {"2026-11-24"}
--   $6 = 180
--   $7 = {"14","30"}
--   $8 = {"a","b"}
--   $9 = {1,2}
--   $10 = 2026-11-24
--   $11 = 7

-- health, with the key-account template
SELECT r.id, 'customer'::text, r."tier", (fieldwork_expr.day_of(r.created_at, $2::text) - date '1970-01-01')::bigint, (r."contract_end" - date '1970-01-01')::bigint, NULL::bigint, 1::bigint FROM "org_acme"."customer" r WHERE r.id = ANY($1::bigint[])
UNION ALL SELECT f."customer", 'contact', NULL, (fieldwork_expr.day_of(max(f."occurred_at"), $2::text) - date '1970-01-01')::bigint, NULL, NULL, 1 FROM "org_acme"."feedback" f WHERE f."customer" = ANY($1::bigint[]) AND (f.archived_at IS NULL OR f.archived_at >= $3::timestamptz) AND f."occurred_at" < $3::timestamptz AND f."channel" IS DISTINCT FROM $4::text GROUP BY 1
UNION ALL SELECT f."customer", 'answer', c."part", ($5::date - fieldwork_expr.day_of(f."occurred_at", $2::text))::bigint, f."rating"::bigint, f."recommend"::bigint, count(*) FROM "org_acme"."feedback" f LEFT JOIN "org_acme"."contact" c ON c.id = f."contact" WHERE f."customer" = ANY($1::bigint[]) AND (f.archived_at IS NULL OR f.archived_at >= $3::timestamptz) AND f."occurred_at" < $3::timestamptz AND f."occurred_at" >= $6::timestamptz AND (f."rating" IS NOT NULL OR f."recommend" IS NOT NULL) GROUP BY 1, 2, 3, 4, 5, 6
UNION ALL SELECT f."customer", 'issue', f."severity", CASE WHEN f."occurred_at" < $8::timestamptz THEN 1 ELSE 0 END, NULL, NULL, count(*) FROM "org_acme"."feedback" f WHERE f."customer" = ANY($1::bigint[]) AND (f.archived_at IS NULL OR f.archived_at >= $3::timestamptz) AND f."occurred_at" < $3::timestamptz AND (f."status" IS DISTINCT FROM $7::text OR f."closed_at" >= $3::timestamptz) AND f."kind" = ANY($9::text[]) GROUP BY 1, 2, 3, 4
UNION ALL SELECT t."customer", 'tasks', NULL, count(*) FILTER (WHERE t."status" = $10::text AND (t."done_at" IS NULL OR t."done_at" < $3::timestamptz) AND coalesce(fieldwork_expr.day_of(t."done_at", $2::text) <= t."due_on", false)), count(*) FILTER (WHERE t."status" = $10::text AND (t."done_at" IS NULL OR t."done_at" < $3::timestamptz) AND NOT coalesce(fieldwork_expr.day_of(t."done_at", $2::text) <= t."due_on", false)), NULL, count(*) FROM "org_acme"."task" t WHERE t."customer" = ANY($1::bigint[]) AND (t.archived_at IS NULL OR t.archived_at >= $3::timestamptz) AND t."status" IS DISTINCT FROM $11::text AND t."due_on" >= $12::date AND (t."due_on" < $5::date OR t."due_on" = $5::date AND t."status" = $10::text AND (t."done_at" IS NULL OR t."done_at" < $3::timestamptz)) GROUP BY 1
UNION ALL SELECT DISTINCT o."customer", 'covered', o."responsibility", NULL::bigint, NULL::bigint, NULL::bigint, 1::bigint FROM "org_acme"."role" o WHERE o."customer" = ANY($1::bigint[]) AND (o.archived_at IS NULL OR o.archived_at >= $3::timestamptz) AND o."level" = ANY($13::text[]) AND (o."starts_on" IS NULL OR o."starts_on" <= $5::date) AND (o."ends_on" IS NULL OR o."ends_on" >= $5::date) AND EXISTS (SELECT FROM "org_acme"."member" m WHERE m.id = o."member" AND (m.archived_at IS NULL OR m.archived_at >= $3::timestamptz) AND m."status" = $14::text)
--   $1 = <nil>
--   $2 = Asia/Shanghai
--   $3 = 2026-11-24T16:00:00Z
--   $4 = internal
--   $5 = 2026-11-24
--   $6 = 2026-05-28T16:00:00Z
--   $7 = closed
--   $8 = 2026-11-09T16:00:00Z
--   $9 = {"complaint","problem"}
--   $10 = done
--   $11 = cancelled
--   $12 = 2026-08-26
--   $13 = {"a","r"}
--   $14 = active

-- CONTACT due, with the key-account template
SELECT q.id, (q.last - date '1970-01-01')::bigint, (q.due - date '1970-01-01')::bigint, q.planned FROM (SELECT r.id, r.last, x.planned, CASE WHEN x.planned THEN x.due ELSE x.due END AS due FROM (SELECT r.id, fieldwork_expr.day_of(r.created_at, $2::text) AS made, coalesce(($5::integer[])[array_position($6::text[], r."tier")], $4::integer) AS days, (SELECT fieldwork_expr.day_of(max(f."occurred_at"), $2::text) FROM "org_acme"."feedback" f WHERE f."customer" = r.id AND (f.archived_at IS NULL OR f.archived_at >= $3::timestamptz) AND f."occurred_at" < $3::timestamptz AND f."channel" IS DISTINCT FROM $1::text) AS last, NULL::date AS plan FROM "org_acme"."customer" r WHERE r.created_at < $3::timestamptz AND (r.archived_at IS NULL OR r.archived_at >= $3::timestamptz) AND r."status" IS DISTINCT FROM $7::text) r CROSS JOIN LATERAL (SELECT r.plan IS NOT NULL AS planned, coalesce(r.plan, coalesce(r.last, r.made) + r.days) AS due) x) q WHERE q.due <= $8::date ORDER BY q.due, q.id LIMIT 21
--   $1 = internal
--   $2 = Asia/Shanghai
--   $3 = 2026-11-24T16:00:00Z
--   $4 = 180
--   $5 = {"14","30"}
--   $6 = {"a","b"}
--   $7 = lost
--   $8 = 2026-11-24

-- VISIT due, with the key-account template
SELECT q.id, (q.last - date '1970-01-01')::bigint, (q.due - date '1970-01-01')::bigint, q.planned FROM (SELECT r.id, r.last, x.planned, CASE WHEN x.planned THEN x.due ELSE x.due END AS due FROM (SELECT r.id, fieldwork_expr.day_of(r.created_at, $2::text) AS made, coalesce(($5::integer[])[array_position($6::text[], r."tier")], $4::integer) AS days, (SELECT fieldwork_expr.day_of(max(f."occurred_at"), $2::text) FROM "org_acme"."feedback" f WHERE f."customer" = r.id AND (f.archived_at IS NULL OR f.archived_at >= $3::timestamptz) AND f."occurred_at" < $3::timestamptz AND f."channel" = $1::text) AS last, NULL::date AS plan FROM "org_acme"."customer" r WHERE r.created_at < $3::timestamptz AND (r.archived_at IS NULL OR r.archived_at >= $3::timestamptz) AND r."status" IS DISTINCT FROM $7::text) r CROSS JOIN LATERAL (SELECT r.plan IS NOT NULL AS planned, coalesce(r.plan, coalesce(r.last, r.made) + r.days) AS due) x) q WHERE q.due <= $8::date ORDER BY q.due, q.id LIMIT 21
--   $1 = visit
--   $2 = Asia/Shanghai
--   $3 = 2026-11-24T16:00:00Z
--   $4 = 180
--   $5 = {"14","30"}
--   $6 = {"a","b"}
--   $7 = lost
--   $8 = 2026-11-24

-- REVIEW due, with the key-account template
SELECT q.id, (q.last - date '1970-01-01')::bigint, (q.due - date '1970-01-01')::bigint, q.planned FROM (SELECT r.id, r.last, x.planned, CASE WHEN x.planned THEN x.due ELSE x.due END AS due FROM (SELECT r.id, fieldwork_expr.day_of(r.created_at, $5::text) AS made, coalesce(($7::integer[])[array_position($8::text[], r."tier")], $6::integer) AS days, (SELECT max(v."held_on") FROM "org_acme"."review" v WHERE v."customer" = r.id AND (v.archived_at IS NULL OR v.archived_at >= $1::timestamptz) AND v."held_on" <= $2::date AND v."status" = $3::text) AS last, (SELECT min(v."planned_on") FROM "org_acme"."review" v WHERE v."customer" = r.id AND (v.archived_at IS NULL OR v.archived_at >= $1::timestamptz) AND v."status" = $4::text AND v."held_on" IS NULL) AS plan FROM "org_acme"."customer" r WHERE r.created_at < $1::timestamptz AND (r.archived_at IS NULL OR r.archived_at >= $1::timestamptz) AND r."status" IS DISTINCT FROM $9::text) r CROSS JOIN LATERAL (SELECT r.plan IS NOT NULL AS planned, coalesce(r.plan, coalesce(r.last, r.made) + r.days) AS due) x) q WHERE q.due <= $2::date ORDER BY q.due, q.id LIMIT 21
--   $1 = 2026-11-24T16:00:00Z
--   $2 = 2026-11-24
--   $3 = held
--   $4 = planned
--   $5 = Asia/Shanghai
--   $6 = 180
--   $7 = {"14","30"}
--   $8 = {"a","b"}
--   $9 = lost

-- mine on working days after a cursor, with the key-account template
SELECT q.id, (q.last - date '1970-01-01')::bigint, (q.due - date '1970-01-01')::bigint, q.planned FROM (SELECT r.id, r.last, x.planned, CASE WHEN x.planned THEN x.due ELSE coalesce(($4::date[])[array_position($5::date[], x.due)], x.due + CASE extract(isodow FROM x.due) WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END) END AS due FROM (SELECT r.id, fieldwork_expr.day_of(r.created_at, $2::text) AS made, coalesce(($7::integer[])[array_position($8::text[], r."tier")], $6::integer) AS days, (SELECT fieldwork_expr.day_of(max(f."occurred_at"), $2::text) FROM "org_acme"."feedback" f WHERE f."customer" = r.id AND (f.archived_at IS NULL OR f.archived_at >= $3::timestamptz) AND f."occurred_at" < $3::timestamptz AND f."channel" IS DISTINCT FROM $1::text) AS last, NULL::date AS plan FROM "org_acme"."customer" r WHERE r.created_at < $3::timestamptz AND (r.archived_at IS NULL OR r.archived_at >= $3::timestamptz) AND r."status" IS DISTINCT FROM $9::text AND (r."owner" = $10::bigint OR EXISTS (SELECT FROM "org_acme"."role" o WHERE o."customer" = r.id AND o."member" = $10::bigint AND (o.archived_at IS NULL OR o.archived_at >= $3::timestamptz) AND o."level" = ANY($11::text[]) AND (o."starts_on" IS NULL OR o."starts_on" <= $12::date) AND (o."ends_on" IS NULL OR o."ends_on" >= $12::date) AND EXISTS (SELECT FROM "org_acme"."member" m WHERE m.id = o."member" AND (m.archived_at IS NULL OR m.archived_at >= $3::timestamptz) AND m."status" = $13::text)))) r CROSS JOIN LATERAL (SELECT r.plan IS NOT NULL AS planned, coalesce(r.plan, coalesce(r.last, r.made) + r.days) AS due) x) q WHERE q.due <= $12::date AND (q.due, q.id) > ($12::date, $14::bigint) ORDER BY q.due, q.id LIMIT 21
--   $1 = internal
--   $2 = Asia/Shanghai
--   $3 = 2026-11-24T16:00:00Z
--   $4 = {"2026-11-25"}
--   $5 = {"2026-11-24"}
--   $6 = 180
--   $7 = {"14","30"}
--   $8 = {"a","b"}
--   $9 = lost
--   $10 = 1
--   $11 = {"a","r"}
--   $12 = 2026-11-24
--   $13 = active
--   $14 = 7

-- how many, with the key-account template
SELECT count(*) FROM (SELECT r.id, r.last, x.planned, CASE WHEN x.planned THEN x.due ELSE coalesce(($4::date[])[array_position($5::date[], x.due)], x.due + CASE extract(isodow FROM x.due) WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END) END AS due FROM (SELECT r.id, fieldwork_expr.day_of(r.created_at, $2::text) AS made, coalesce(($7::integer[])[array_position($8::text[], r."tier")], $6::integer) AS days, (SELECT fieldwork_expr.day_of(max(f."occurred_at"), $2::text) FROM "org_acme"."feedback" f WHERE f."customer" = r.id AND (f.archived_at IS NULL OR f.archived_at >= $3::timestamptz) AND f."occurred_at" < $3::timestamptz AND f."channel" IS DISTINCT FROM $1::text) AS last, NULL::date AS plan FROM "org_acme"."customer" r WHERE r.created_at < $3::timestamptz AND (r.archived_at IS NULL OR r.archived_at >= $3::timestamptz) AND r."status" IS DISTINCT FROM $9::text AND (r."owner" = $10::bigint OR EXISTS (SELECT FROM "org_acme"."role" o WHERE o."customer" = r.id AND o."member" = $10::bigint AND (o.archived_at IS NULL OR o.archived_at >= $3::timestamptz) AND o."level" = ANY($11::text[]) AND (o."starts_on" IS NULL OR o."starts_on" <= $12::date) AND (o."ends_on" IS NULL OR o."ends_on" >= $12::date) AND EXISTS (SELECT FROM "org_acme"."member" m WHERE m.id = o."member" AND (m.archived_at IS NULL OR m.archived_at >= $3::timestamptz) AND m."status" = $13::text)))) r CROSS JOIN LATERAL (SELECT r.plan IS NOT NULL AS planned, coalesce(r.plan, coalesce(r.last, r.made) + r.days) AS due) x) q WHERE q.due <= $12::date
--   $1 = internal
--   $2 = Asia/Shanghai
--   $3 = 2026-11-24T16:00:00Z
--   $4 = {"2026-11-25"}
--   $5 = {"2026-11-24"}
--   $6 = 180
--   $7 = {"14","30"}
--   $8 = {"a","b"}
--   $9 = lost
--   $10 = 1
--   $11 = {"a","r"}
--   $12 = 2026-11-24
--   $13 = active

-- of certain customers, with the key-account template
SELECT q.id, (q.last - date '1970-01-01')::bigint, (q.due - date '1970-01-01')::bigint, q.planned FROM (SELECT r.id, r.last, x.planned, CASE WHEN x.planned THEN x.due ELSE coalesce(($4::date[])[array_position($5::date[], x.due)], x.due + CASE extract(isodow FROM x.due) WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END) END AS due FROM (SELECT r.id, fieldwork_expr.day_of(r.created_at, $2::text) AS made, coalesce(($7::integer[])[array_position($8::text[], r."tier")], $6::integer) AS days, (SELECT fieldwork_expr.day_of(max(f."occurred_at"), $2::text) FROM "org_acme"."feedback" f WHERE f."customer" = r.id AND (f.archived_at IS NULL OR f.archived_at >= $3::timestamptz) AND f."occurred_at" < $3::timestamptz AND f."channel" IS DISTINCT FROM $1::text) AS last, NULL::date AS plan FROM "org_acme"."customer" r WHERE r.created_at < $3::timestamptz AND (r.archived_at IS NULL OR r.archived_at >= $3::timestamptz) AND r.id = ANY($9::bigint[])) r CROSS JOIN LATERAL (SELECT r.plan IS NOT NULL AS planned, coalesce(r.plan, coalesce(r.last, r.made) + r.days) AS due) x) q WHERE true AND (q.due, q.id) > ($10::date, $11::bigint) ORDER BY q.due, q.id LIMIT 21
--   $1 = internal
--   $2 = Asia/Shanghai
--   $3 = 2026-11-24T16:00:00Z
--   $4 = {"2026-11-25"}
--   $5 = {"2026-11-24"}
--   $6 = 180
--   $7 = {"14","30"}
--   $8 = {"a","b"}
--   $9 = {1,2}
--   $10 = 2026-11-24
--   $11 = 7

