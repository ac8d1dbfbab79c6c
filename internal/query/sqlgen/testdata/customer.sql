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

-- health of a past day, with the standard forms alone
WITH "customer__changed" AS MATERIALIZED (SELECT h.record, coalesce(jsonb_object_agg(o.key, o.value ORDER BY h.seq DESC) FILTER (WHERE o.key IS NOT NULL), '{}') AS was FROM (SELECT record, min(seq) AS seq FROM "org_acme"."history__" WHERE form = $4::text AND at > $3::timestamptz GROUP BY record) c JOIN "org_acme"."history__" h ON h.form = $4::text AND h.record = c.record AND h.seq >= c.seq LEFT JOIN LATERAL jsonb_each(h.was) o ON true GROUP BY h.record), "customer__then" AS MATERIALIZED (SELECT r.* FROM "customer__changed" c LEFT JOIN "org_acme"."customer" t ON t.id = c.record CROSS JOIN LATERAL "org_acme"."was__"(NULL::"org_acme"."customer", coalesce(to_jsonb(t.*), '{}') || c.was) r WHERE r.created_at <= $3::timestamptz AND (SELECT b.action FROM "org_acme"."history__" b WHERE b.form = $4::text AND b.record = c.record AND b.at <= $3::timestamptz ORDER BY b.seq DESC LIMIT 1) IS DISTINCT FROM 'DELETED'), "feedback__changed" AS MATERIALIZED (SELECT h.record, coalesce(jsonb_object_agg(o.key, o.value ORDER BY h.seq DESC) FILTER (WHERE o.key IS NOT NULL), '{}') AS was FROM (SELECT record, min(seq) AS seq FROM "org_acme"."history__" WHERE form = $5::text AND at > $3::timestamptz GROUP BY record) c JOIN "org_acme"."history__" h ON h.form = $5::text AND h.record = c.record AND h.seq >= c.seq LEFT JOIN LATERAL jsonb_each(h.was) o ON true GROUP BY h.record), "feedback__then" AS MATERIALIZED (SELECT r.* FROM "feedback__changed" c LEFT JOIN "org_acme"."feedback" t ON t.id = c.record CROSS JOIN LATERAL "org_acme"."was__"(NULL::"org_acme"."feedback", coalesce(to_jsonb(t.*), '{}') || c.was) r WHERE r.created_at <= $3::timestamptz AND (SELECT b.action FROM "org_acme"."history__" b WHERE b.form = $5::text AND b.record = c.record AND b.at <= $3::timestamptz ORDER BY b.seq DESC LIMIT 1) IS DISTINCT FROM 'DELETED'), "task__changed" AS MATERIALIZED (SELECT h.record, coalesce(jsonb_object_agg(o.key, o.value ORDER BY h.seq DESC) FILTER (WHERE o.key IS NOT NULL), '{}') AS was FROM (SELECT record, min(seq) AS seq FROM "org_acme"."history__" WHERE form = $14::text AND at > $3::timestamptz GROUP BY record) c JOIN "org_acme"."history__" h ON h.form = $14::text AND h.record = c.record AND h.seq >= c.seq LEFT JOIN LATERAL jsonb_each(h.was) o ON true GROUP BY h.record), "task__then" AS MATERIALIZED (SELECT r.* FROM "task__changed" c LEFT JOIN "org_acme"."task" t ON t.id = c.record CROSS JOIN LATERAL "org_acme"."was__"(NULL::"org_acme"."task", coalesce(to_jsonb(t.*), '{}') || c.was) r WHERE r.created_at <= $3::timestamptz AND (SELECT b.action FROM "org_acme"."history__" b WHERE b.form = $14::text AND b.record = c.record AND b.at <= $3::timestamptz ORDER BY b.seq DESC LIMIT 1) IS DISTINCT FROM 'DELETED'), "role__changed" AS MATERIALIZED (SELECT h.record, coalesce(jsonb_object_agg(o.key, o.value ORDER BY h.seq DESC) FILTER (WHERE o.key IS NOT NULL), '{}') AS was FROM (SELECT record, min(seq) AS seq FROM "org_acme"."history__" WHERE form = $17::text AND at > $3::timestamptz GROUP BY record) c JOIN "org_acme"."history__" h ON h.form = $17::text AND h.record = c.record AND h.seq >= c.seq LEFT JOIN LATERAL jsonb_each(h.was) o ON true GROUP BY h.record), "role__then" AS MATERIALIZED (SELECT r.* FROM "role__changed" c LEFT JOIN "org_acme"."role" t ON t.id = c.record CROSS JOIN LATERAL "org_acme"."was__"(NULL::"org_acme"."role", coalesce(to_jsonb(t.*), '{}') || c.was) r WHERE r.created_at <= $3::timestamptz AND (SELECT b.action FROM "org_acme"."history__" b WHERE b.form = $17::text AND b.record = c.record AND b.at <= $3::timestamptz ORDER BY b.seq DESC LIMIT 1) IS DISTINCT FROM 'DELETED'), "member__changed" AS MATERIALIZED (SELECT h.record, coalesce(jsonb_object_agg(o.key, o.value ORDER BY h.seq DESC) FILTER (WHERE o.key IS NOT NULL), '{}') AS was FROM (SELECT record, min(seq) AS seq FROM "org_acme"."history__" WHERE form = $19::text AND at > $3::timestamptz GROUP BY record) c JOIN "org_acme"."history__" h ON h.form = $19::text AND h.record = c.record AND h.seq >= c.seq LEFT JOIN LATERAL jsonb_each(h.was) o ON true GROUP BY h.record), "member__then" AS MATERIALIZED (SELECT r.* FROM "member__changed" c LEFT JOIN "org_acme"."member" t ON t.id = c.record CROSS JOIN LATERAL "org_acme"."was__"(NULL::"org_acme"."member", coalesce(to_jsonb(t.*), '{}') || c.was) r WHERE r.created_at <= $3::timestamptz AND (SELECT b.action FROM "org_acme"."history__" b WHERE b.form = $19::text AND b.record = c.record AND b.at <= $3::timestamptz ORDER BY b.seq DESC LIMIT 1) IS DISTINCT FROM 'DELETED') SELECT r.id, 'customer'::text, r."tier", (fieldwork_expr.day_of(r.created_at, $2::text) - date '1970-01-01')::bigint, (r."contract_end" - date '1970-01-01')::bigint, NULL::bigint, 1::bigint FROM (SELECT t.* FROM "org_acme"."customer" t WHERE t.created_at <= $3::timestamptz AND NOT EXISTS (SELECT FROM "customer__changed" c WHERE c.record = t.id) UNION ALL SELECT * FROM "customer__then") r WHERE r.id = ANY($1::bigint[])
UNION ALL SELECT f."customer", 'contact', NULL, (fieldwork_expr.day_of(max(f."occurred_at"), $2::text) - date '1970-01-01')::bigint, NULL, NULL, 1 FROM (SELECT t.* FROM "org_acme"."feedback" t WHERE t.created_at <= $3::timestamptz AND NOT EXISTS (SELECT FROM "feedback__changed" c WHERE c.record = t.id) UNION ALL SELECT * FROM "feedback__then") f WHERE f."customer" = ANY($1::bigint[]) AND (f.archived_at IS NULL OR f.archived_at >= $6::timestamptz) AND f."occurred_at" < $6::timestamptz AND f."channel" IS DISTINCT FROM $7::text GROUP BY 1
UNION ALL SELECT f."customer", 'answer', NULL, ($8::date - fieldwork_expr.day_of(f."occurred_at", $2::text))::bigint, f."rating"::bigint, f."recommend"::bigint, count(*) FROM (SELECT t.* FROM "org_acme"."feedback" t WHERE t.created_at <= $3::timestamptz AND NOT EXISTS (SELECT FROM "feedback__changed" c WHERE c.record = t.id) UNION ALL SELECT * FROM "feedback__then") f WHERE f."customer" = ANY($1::bigint[]) AND (f.archived_at IS NULL OR f.archived_at >= $6::timestamptz) AND f."occurred_at" < $6::timestamptz AND f."occurred_at" >= $9::timestamptz AND (f."rating" IS NOT NULL OR f."recommend" IS NOT NULL) GROUP BY 1, 2, 3, 4, 5, 6
UNION ALL SELECT f."customer", 'issue', f."severity", CASE WHEN f."occurred_at" < $11::timestamptz THEN 1 ELSE 0 END, NULL, NULL, count(*) FROM (SELECT t.* FROM "org_acme"."feedback" t WHERE t.created_at <= $3::timestamptz AND NOT EXISTS (SELECT FROM "feedback__changed" c WHERE c.record = t.id) UNION ALL SELECT * FROM "feedback__then") f WHERE f."customer" = ANY($1::bigint[]) AND (f.archived_at IS NULL OR f.archived_at >= $6::timestamptz) AND f."occurred_at" < $6::timestamptz AND (f."status" IS DISTINCT FROM $10::text OR f."closed_at" >= $6::timestamptz) AND f."kind" = ANY($12::text[]) GROUP BY 1, 2, 3, 4
UNION ALL SELECT t."customer", 'tasks', NULL, count(*) FILTER (WHERE t."status" = $13::text AND (t."done_at" IS NULL OR t."done_at" < $6::timestamptz) AND coalesce(fieldwork_expr.day_of(t."done_at", $2::text) <= t."due_on", false)), count(*) FILTER (WHERE t."status" = $13::text AND (t."done_at" IS NULL OR t."done_at" < $6::timestamptz) AND NOT coalesce(fieldwork_expr.day_of(t."done_at", $2::text) <= t."due_on", false)), NULL, count(*) FROM (SELECT t.* FROM "org_acme"."task" t WHERE t.created_at <= $3::timestamptz AND NOT EXISTS (SELECT FROM "task__changed" c WHERE c.record = t.id) UNION ALL SELECT * FROM "task__then") t WHERE t."customer" = ANY($1::bigint[]) AND (t.archived_at IS NULL OR t.archived_at >= $6::timestamptz) AND t."status" IS DISTINCT FROM $15::text AND t."due_on" >= $16::date AND (t."due_on" < $8::date OR t."due_on" = $8::date AND t."status" = $13::text AND (t."done_at" IS NULL OR t."done_at" < $6::timestamptz)) GROUP BY 1
UNION ALL SELECT DISTINCT o."customer", 'covered', o."responsibility", NULL::bigint, NULL::bigint, NULL::bigint, 1::bigint FROM (SELECT t.* FROM "org_acme"."role" t WHERE t.created_at <= $3::timestamptz AND NOT EXISTS (SELECT FROM "role__changed" c WHERE c.record = t.id) UNION ALL SELECT * FROM "role__then") o WHERE o."customer" = ANY($1::bigint[]) AND (o.archived_at IS NULL OR o.archived_at >= $6::timestamptz) AND o."level" = ANY($18::text[]) AND (o."starts_on" IS NULL OR o."starts_on" <= $8::date) AND (o."ends_on" IS NULL OR o."ends_on" >= $8::date) AND EXISTS (SELECT FROM (SELECT t.* FROM "org_acme"."member" t WHERE t.created_at <= $3::timestamptz AND NOT EXISTS (SELECT FROM "member__changed" c WHERE c.record = t.id) UNION ALL SELECT * FROM "member__then") m WHERE m.id = o."member" AND (m.archived_at IS NULL OR m.archived_at >= $6::timestamptz) AND m."status" = $20::text)
--   $1 = <nil>
--   $2 = Asia/Shanghai
--   $3 = 2026-11-17T15:59:59.999999Z
--   $4 = customer
--   $5 = feedback
--   $6 = 2026-11-17T16:00:00Z
--   $7 = internal
--   $8 = 2026-11-17
--   $9 = 2026-05-21T16:00:00Z
--   $10 = closed
--   $11 = 2026-11-02T16:00:00Z
--   $12 = {"complaint","problem"}
--   $13 = done
--   $14 = task
--   $15 = cancelled
--   $16 = 2026-08-19
--   $17 = role
--   $18 = {"a","r"}
--   $19 = member
--   $20 = active

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

-- health of a past day, with the key-account template
WITH "customer__changed" AS MATERIALIZED (SELECT h.record, coalesce(jsonb_object_agg(o.key, o.value ORDER BY h.seq DESC) FILTER (WHERE o.key IS NOT NULL), '{}') AS was FROM (SELECT record, min(seq) AS seq FROM "org_acme"."history__" WHERE form = $4::text AND at > $3::timestamptz GROUP BY record) c JOIN "org_acme"."history__" h ON h.form = $4::text AND h.record = c.record AND h.seq >= c.seq LEFT JOIN LATERAL jsonb_each(h.was) o ON true GROUP BY h.record), "customer__then" AS MATERIALIZED (SELECT r.* FROM "customer__changed" c LEFT JOIN "org_acme"."customer" t ON t.id = c.record CROSS JOIN LATERAL "org_acme"."was__"(NULL::"org_acme"."customer", coalesce(to_jsonb(t.*), '{}') || c.was) r WHERE r.created_at <= $3::timestamptz AND (SELECT b.action FROM "org_acme"."history__" b WHERE b.form = $4::text AND b.record = c.record AND b.at <= $3::timestamptz ORDER BY b.seq DESC LIMIT 1) IS DISTINCT FROM 'DELETED'), "feedback__changed" AS MATERIALIZED (SELECT h.record, coalesce(jsonb_object_agg(o.key, o.value ORDER BY h.seq DESC) FILTER (WHERE o.key IS NOT NULL), '{}') AS was FROM (SELECT record, min(seq) AS seq FROM "org_acme"."history__" WHERE form = $5::text AND at > $3::timestamptz GROUP BY record) c JOIN "org_acme"."history__" h ON h.form = $5::text AND h.record = c.record AND h.seq >= c.seq LEFT JOIN LATERAL jsonb_each(h.was) o ON true GROUP BY h.record), "feedback__then" AS MATERIALIZED (SELECT r.* FROM "feedback__changed" c LEFT JOIN "org_acme"."feedback" t ON t.id = c.record CROSS JOIN LATERAL "org_acme"."was__"(NULL::"org_acme"."feedback", coalesce(to_jsonb(t.*), '{}') || c.was) r WHERE r.created_at <= $3::timestamptz AND (SELECT b.action FROM "org_acme"."history__" b WHERE b.form = $5::text AND b.record = c.record AND b.at <= $3::timestamptz ORDER BY b.seq DESC LIMIT 1) IS DISTINCT FROM 'DELETED'), "contact__changed" AS MATERIALIZED (SELECT h.record, coalesce(jsonb_object_agg(o.key, o.value ORDER BY h.seq DESC) FILTER (WHERE o.key IS NOT NULL), '{}') AS was FROM (SELECT record, min(seq) AS seq FROM "org_acme"."history__" WHERE form = $8::text AND at > $3::timestamptz GROUP BY record) c JOIN "org_acme"."history__" h ON h.form = $8::text AND h.record = c.record AND h.seq >= c.seq LEFT JOIN LATERAL jsonb_each(h.was) o ON true GROUP BY h.record), "contact__then" AS MATERIALIZED (SELECT r.* FROM "contact__changed" c LEFT JOIN "org_acme"."contact" t ON t.id = c.record CROSS JOIN LATERAL "org_acme"."was__"(NULL::"org_acme"."contact", coalesce(to_jsonb(t.*), '{}') || c.was) r WHERE r.created_at <= $3::timestamptz AND (SELECT b.action FROM "org_acme"."history__" b WHERE b.form = $8::text AND b.record = c.record AND b.at <= $3::timestamptz ORDER BY b.seq DESC LIMIT 1) IS DISTINCT FROM 'DELETED'), "task__changed" AS MATERIALIZED (SELECT h.record, coalesce(jsonb_object_agg(o.key, o.value ORDER BY h.seq DESC) FILTER (WHERE o.key IS NOT NULL), '{}') AS was FROM (SELECT record, min(seq) AS seq FROM "org_acme"."history__" WHERE form = $15::text AND at > $3::timestamptz GROUP BY record) c JOIN "org_acme"."history__" h ON h.form = $15::text AND h.record = c.record AND h.seq >= c.seq LEFT JOIN LATERAL jsonb_each(h.was) o ON true GROUP BY h.record), "task__then" AS MATERIALIZED (SELECT r.* FROM "task__changed" c LEFT JOIN "org_acme"."task" t ON t.id = c.record CROSS JOIN LATERAL "org_acme"."was__"(NULL::"org_acme"."task", coalesce(to_jsonb(t.*), '{}') || c.was) r WHERE r.created_at <= $3::timestamptz AND (SELECT b.action FROM "org_acme"."history__" b WHERE b.form = $15::text AND b.record = c.record AND b.at <= $3::timestamptz ORDER BY b.seq DESC LIMIT 1) IS DISTINCT FROM 'DELETED'), "role__changed" AS MATERIALIZED (SELECT h.record, coalesce(jsonb_object_agg(o.key, o.value ORDER BY h.seq DESC) FILTER (WHERE o.key IS NOT NULL), '{}') AS was FROM (SELECT record, min(seq) AS seq FROM "org_acme"."history__" WHERE form = $18::text AND at > $3::timestamptz GROUP BY record) c JOIN "org_acme"."history__" h ON h.form = $18::text AND h.record = c.record AND h.seq >= c.seq LEFT JOIN LATERAL jsonb_each(h.was) o ON true GROUP BY h.record), "role__then" AS MATERIALIZED (SELECT r.* FROM "role__changed" c LEFT JOIN "org_acme"."role" t ON t.id = c.record CROSS JOIN LATERAL "org_acme"."was__"(NULL::"org_acme"."role", coalesce(to_jsonb(t.*), '{}') || c.was) r WHERE r.created_at <= $3::timestamptz AND (SELECT b.action FROM "org_acme"."history__" b WHERE b.form = $18::text AND b.record = c.record AND b.at <= $3::timestamptz ORDER BY b.seq DESC LIMIT 1) IS DISTINCT FROM 'DELETED'), "member__changed" AS MATERIALIZED (SELECT h.record, coalesce(jsonb_object_agg(o.key, o.value ORDER BY h.seq DESC) FILTER (WHERE o.key IS NOT NULL), '{}') AS was FROM (SELECT record, min(seq) AS seq FROM "org_acme"."history__" WHERE form = $20::text AND at > $3::timestamptz GROUP BY record) c JOIN "org_acme"."history__" h ON h.form = $20::text AND h.record = c.record AND h.seq >= c.seq LEFT JOIN LATERAL jsonb_each(h.was) o ON true GROUP BY h.record), "member__then" AS MATERIALIZED (SELECT r.* FROM "member__changed" c LEFT JOIN "org_acme"."member" t ON t.id = c.record CROSS JOIN LATERAL "org_acme"."was__"(NULL::"org_acme"."member", coalesce(to_jsonb(t.*), '{}') || c.was) r WHERE r.created_at <= $3::timestamptz AND (SELECT b.action FROM "org_acme"."history__" b WHERE b.form = $20::text AND b.record = c.record AND b.at <= $3::timestamptz ORDER BY b.seq DESC LIMIT 1) IS DISTINCT FROM 'DELETED') SELECT r.id, 'customer'::text, r."tier", (fieldwork_expr.day_of(r.created_at, $2::text) - date '1970-01-01')::bigint, (r."contract_end" - date '1970-01-01')::bigint, NULL::bigint, 1::bigint FROM (SELECT t.* FROM "org_acme"."customer" t WHERE t.created_at <= $3::timestamptz AND NOT EXISTS (SELECT FROM "customer__changed" c WHERE c.record = t.id) UNION ALL SELECT * FROM "customer__then") r WHERE r.id = ANY($1::bigint[])
UNION ALL SELECT f."customer", 'contact', NULL, (fieldwork_expr.day_of(max(f."occurred_at"), $2::text) - date '1970-01-01')::bigint, NULL, NULL, 1 FROM (SELECT t.* FROM "org_acme"."feedback" t WHERE t.created_at <= $3::timestamptz AND NOT EXISTS (SELECT FROM "feedback__changed" c WHERE c.record = t.id) UNION ALL SELECT * FROM "feedback__then") f WHERE f."customer" = ANY($1::bigint[]) AND (f.archived_at IS NULL OR f.archived_at >= $6::timestamptz) AND f."occurred_at" < $6::timestamptz AND f."channel" IS DISTINCT FROM $7::text GROUP BY 1
UNION ALL SELECT f."customer", 'answer', c."part", ($9::date - fieldwork_expr.day_of(f."occurred_at", $2::text))::bigint, f."rating"::bigint, f."recommend"::bigint, count(*) FROM (SELECT t.* FROM "org_acme"."feedback" t WHERE t.created_at <= $3::timestamptz AND NOT EXISTS (SELECT FROM "feedback__changed" c WHERE c.record = t.id) UNION ALL SELECT * FROM "feedback__then") f LEFT JOIN (SELECT t.* FROM "org_acme"."contact" t WHERE t.created_at <= $3::timestamptz AND NOT EXISTS (SELECT FROM "contact__changed" c WHERE c.record = t.id) UNION ALL SELECT * FROM "contact__then") c ON c.id = f."contact" WHERE f."customer" = ANY($1::bigint[]) AND (f.archived_at IS NULL OR f.archived_at >= $6::timestamptz) AND f."occurred_at" < $6::timestamptz AND f."occurred_at" >= $10::timestamptz AND (f."rating" IS NOT NULL OR f."recommend" IS NOT NULL) GROUP BY 1, 2, 3, 4, 5, 6
UNION ALL SELECT f."customer", 'issue', f."severity", CASE WHEN f."occurred_at" < $12::timestamptz THEN 1 ELSE 0 END, NULL, NULL, count(*) FROM (SELECT t.* FROM "org_acme"."feedback" t WHERE t.created_at <= $3::timestamptz AND NOT EXISTS (SELECT FROM "feedback__changed" c WHERE c.record = t.id) UNION ALL SELECT * FROM "feedback__then") f WHERE f."customer" = ANY($1::bigint[]) AND (f.archived_at IS NULL OR f.archived_at >= $6::timestamptz) AND f."occurred_at" < $6::timestamptz AND (f."status" IS DISTINCT FROM $11::text OR f."closed_at" >= $6::timestamptz) AND f."kind" = ANY($13::text[]) GROUP BY 1, 2, 3, 4
UNION ALL SELECT t."customer", 'tasks', NULL, count(*) FILTER (WHERE t."status" = $14::text AND (t."done_at" IS NULL OR t."done_at" < $6::timestamptz) AND coalesce(fieldwork_expr.day_of(t."done_at", $2::text) <= t."due_on", false)), count(*) FILTER (WHERE t."status" = $14::text AND (t."done_at" IS NULL OR t."done_at" < $6::timestamptz) AND NOT coalesce(fieldwork_expr.day_of(t."done_at", $2::text) <= t."due_on", false)), NULL, count(*) FROM (SELECT t.* FROM "org_acme"."task" t WHERE t.created_at <= $3::timestamptz AND NOT EXISTS (SELECT FROM "task__changed" c WHERE c.record = t.id) UNION ALL SELECT * FROM "task__then") t WHERE t."customer" = ANY($1::bigint[]) AND (t.archived_at IS NULL OR t.archived_at >= $6::timestamptz) AND t."status" IS DISTINCT FROM $16::text AND t."due_on" >= $17::date AND (t."due_on" < $9::date OR t."due_on" = $9::date AND t."status" = $14::text AND (t."done_at" IS NULL OR t."done_at" < $6::timestamptz)) GROUP BY 1
UNION ALL SELECT DISTINCT o."customer", 'covered', o."responsibility", NULL::bigint, NULL::bigint, NULL::bigint, 1::bigint FROM (SELECT t.* FROM "org_acme"."role" t WHERE t.created_at <= $3::timestamptz AND NOT EXISTS (SELECT FROM "role__changed" c WHERE c.record = t.id) UNION ALL SELECT * FROM "role__then") o WHERE o."customer" = ANY($1::bigint[]) AND (o.archived_at IS NULL OR o.archived_at >= $6::timestamptz) AND o."level" = ANY($19::text[]) AND (o."starts_on" IS NULL OR o."starts_on" <= $9::date) AND (o."ends_on" IS NULL OR o."ends_on" >= $9::date) AND EXISTS (SELECT FROM (SELECT t.* FROM "org_acme"."member" t WHERE t.created_at <= $3::timestamptz AND NOT EXISTS (SELECT FROM "member__changed" c WHERE c.record = t.id) UNION ALL SELECT * FROM "member__then") m WHERE m.id = o."member" AND (m.archived_at IS NULL OR m.archived_at >= $6::timestamptz) AND m."status" = $21::text)
--   $1 = <nil>
--   $2 = Asia/Shanghai
--   $3 = 2026-11-17T15:59:59.999999Z
--   $4 = customer
--   $5 = feedback
--   $6 = 2026-11-17T16:00:00Z
--   $7 = internal
--   $8 = contact
--   $9 = 2026-11-17
--   $10 = 2026-05-21T16:00:00Z
--   $11 = closed
--   $12 = 2026-11-02T16:00:00Z
--   $13 = {"complaint","problem"}
--   $14 = done
--   $15 = task
--   $16 = cancelled
--   $17 = 2026-08-19
--   $18 = role
--   $19 = {"a","r"}
--   $20 = member
--   $21 = active

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

