-- roles, with the standard forms alone
SELECT o."customer", o."responsibility", o."member", o."level", o."scope", (o."starts_on" - date '1970-01-01')::bigint, (o."ends_on" - date '1970-01-01')::bigint, o."deputy" FROM "org_acme"."role" o WHERE o."customer" = ANY($1::bigint[]) AND (o.archived_at IS NULL OR o.archived_at >= $2::timestamptz) ORDER BY o."customer", o.id
--   $1 = <nil>
--   $2 = 2026-11-24T16:00:00Z

-- members, with the standard forms alone
SELECT m.id, m."name", true AND (m.archived_at IS NULL OR m.archived_at >= $2::timestamptz) AND m."status" = $3::text, CASE WHEN NOT (true AND (m.archived_at IS NULL OR m.archived_at >= $2::timestamptz) AND m."status" = $3::text) THEN (fieldwork_expr.day_of((SELECT max(h.at) FROM "org_acme"."history__" h WHERE h.form = $4::text AND h.record = m.id AND h.was ? $5::text AND h.at < $2::timestamptz), $6::text) - date '1970-01-01')::bigint END FROM "org_acme"."member" m WHERE m.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 2026-11-24T16:00:00Z
--   $3 = active
--   $4 = member
--   $5 = status
--   $6 = Asia/Shanghai

-- tasks, with the standard forms alone
SELECT t."customer", t."assignee", CASE WHEN t."status" = ANY($4::text[]) THEN 0 WHEN t."status" = ANY($5::text[]) THEN 1 WHEN t."status" = ANY($6::text[]) THEN 2 ELSE 3 END, coalesce(t."due_on" < $7::date, false), coalesce(t."due_on" <= $3::date, false), (coalesce(t."estimate_hours", $8::numeric))::float8, (coalesce(t."progress", 0))::float8, (t."due_on" - date '1970-01-01')::bigint, t.id, CASE WHEN t."status" = ANY($2::text[]) THEN t."title" END FROM "org_acme"."task" t WHERE t."customer" = ANY($1::bigint[]) AND (t.archived_at IS NULL OR t.archived_at >= $9::timestamptz) AND t."status" IS DISTINCT FROM $10::text
--   $1 = <nil>
--   $2 = {"open","doing"}
--   $3 = 2026-12-22
--   $4 = {"open"}
--   $5 = {"doing"}
--   $6 = {"done"}
--   $7 = 2026-11-24
--   $8 = 4
--   $9 = 2026-11-24T16:00:00Z
--   $10 = cancelled

-- tasks without titles, with the standard forms alone
SELECT t."customer", t."assignee", CASE WHEN t."status" = ANY($3::text[]) THEN 0 WHEN t."status" = ANY($4::text[]) THEN 1 WHEN t."status" = ANY($5::text[]) THEN 2 ELSE 3 END, coalesce(t."due_on" < $6::date, false), coalesce(t."due_on" <= $2::date, false), (coalesce(t."estimate_hours", $7::numeric))::float8, (coalesce(t."progress", 0))::float8, (t."due_on" - date '1970-01-01')::bigint, t.id, NULL::text FROM "org_acme"."task" t WHERE t."customer" = ANY($1::bigint[]) AND (t.archived_at IS NULL OR t.archived_at >= $8::timestamptz) AND t."status" IS DISTINCT FROM $9::text
--   $1 = <nil>
--   $2 = 2026-12-22
--   $3 = {"open"}
--   $4 = {"doing"}
--   $5 = {"done"}
--   $6 = 2026-11-24
--   $7 = 4
--   $8 = 2026-11-24T16:00:00Z
--   $9 = cancelled

-- load, with the standard forms alone
SELECT t."assignee", count(*), count(*) FILTER (WHERE t."due_on" < $4::date), coalesce(sum(coalesce(t."estimate_hours", $2::numeric) * (1 - coalesce(t."progress", 0) / 100.0)), 0)::float8, coalesce(sum(coalesce(t."estimate_hours", $2::numeric) * (1 - coalesce(t."progress", 0) / 100.0)) FILTER (WHERE t."due_on" <= $3::date), 0)::float8 FROM "org_acme"."task" t WHERE t."assignee" IS NOT NULL AND t."customer" = ANY($1::bigint[]) AND (t.archived_at IS NULL OR t.archived_at >= $5::timestamptz) AND t."status" = ANY($6::text[]) GROUP BY 1
--   $1 = <nil>
--   $2 = 4
--   $3 = 2026-12-22
--   $4 = 2026-11-24
--   $5 = 2026-11-24T16:00:00Z
--   $6 = {"open","doing"}

-- load of all, with the standard forms alone
SELECT t."assignee", count(*), count(*) FILTER (WHERE t."due_on" < $3::date), coalesce(sum(coalesce(t."estimate_hours", $1::numeric) * (1 - coalesce(t."progress", 0) / 100.0)), 0)::float8, coalesce(sum(coalesce(t."estimate_hours", $1::numeric) * (1 - coalesce(t."progress", 0) / 100.0)) FILTER (WHERE t."due_on" <= $2::date), 0)::float8 FROM "org_acme"."task" t WHERE t."assignee" IS NOT NULL AND (t.archived_at IS NULL OR t.archived_at >= $4::timestamptz) AND t."status" = ANY($5::text[]) GROUP BY 1
--   $1 = 4
--   $2 = 2026-12-22
--   $3 = 2026-11-24
--   $4 = 2026-11-24T16:00:00Z
--   $5 = {"open","doing"}

-- feedback, with the standard forms alone
SELECT f."customer", (fieldwork_expr.day_of(max(f."occurred_at") FILTER (WHERE true AND f."channel" IS DISTINCT FROM $5::text), $6::text) - date '1970-01-01')::bigint, (avg(f."rating") FILTER (WHERE f."occurred_at" >= $2::timestamptz))::float8, count(*) FILTER (WHERE true AND f."kind" = ANY($3::text[]) AND f."status" IS DISTINCT FROM $4::text) FROM "org_acme"."feedback" f WHERE f."customer" = ANY($1::bigint[]) AND (f.archived_at IS NULL OR f.archived_at >= $7::timestamptz) AND f."occurred_at" < $7::timestamptz GROUP BY 1
--   $1 = <nil>
--   $2 = 2026-05-28T16:00:00Z
--   $3 = {"complaint","problem"}
--   $4 = closed
--   $5 = internal
--   $6 = Asia/Shanghai
--   $7 = 2026-11-24T16:00:00Z

-- roles, with the key-account template
SELECT o."customer", o."responsibility", o."member", o."level", o."scope", (o."starts_on" - date '1970-01-01')::bigint, (o."ends_on" - date '1970-01-01')::bigint, o."deputy" FROM "org_acme"."role" o WHERE o."customer" = ANY($1::bigint[]) AND (o.archived_at IS NULL OR o.archived_at >= $2::timestamptz) ORDER BY o."customer", o.id
--   $1 = <nil>
--   $2 = 2026-11-24T16:00:00Z

-- members, with the key-account template
SELECT m.id, m."name", true AND (m.archived_at IS NULL OR m.archived_at >= $2::timestamptz) AND m."status" = $3::text, CASE WHEN NOT (true AND (m.archived_at IS NULL OR m.archived_at >= $2::timestamptz) AND m."status" = $3::text) THEN (fieldwork_expr.day_of((SELECT max(h.at) FROM "org_acme"."history__" h WHERE h.form = $4::text AND h.record = m.id AND h.was ? $5::text AND h.at < $2::timestamptz), $6::text) - date '1970-01-01')::bigint END FROM "org_acme"."member" m WHERE m.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 2026-11-24T16:00:00Z
--   $3 = active
--   $4 = member
--   $5 = status
--   $6 = Asia/Shanghai

-- absences, with the key-account template
SELECT a."member", a."deputy", (a."from_on" - date '1970-01-01')::bigint FROM "org_acme"."absence" a WHERE a."from_on" <= $1::date AND a."to_on" >= $1::date AND (a.archived_at IS NULL OR a.archived_at >= $2::timestamptz) ORDER BY a.id
--   $1 = 2026-11-24
--   $2 = 2026-11-24T16:00:00Z

-- tasks, with the key-account template
SELECT t."customer", t."assignee", CASE WHEN t."status" = ANY($4::text[]) THEN 0 WHEN t."status" = ANY($5::text[]) THEN 1 WHEN t."status" = ANY($6::text[]) THEN 2 ELSE 3 END, coalesce(t."due_on" < $7::date, false), coalesce(t."due_on" <= $3::date, false), (coalesce(t."estimate_hours", $8::numeric))::float8, (coalesce(t."progress", 0))::float8, (t."due_on" - date '1970-01-01')::bigint, t.id, CASE WHEN t."status" = ANY($2::text[]) THEN t."title" END FROM "org_acme"."task" t WHERE t."customer" = ANY($1::bigint[]) AND (t.archived_at IS NULL OR t.archived_at >= $9::timestamptz) AND t."status" IS DISTINCT FROM $10::text
--   $1 = <nil>
--   $2 = {"open","doing"}
--   $3 = 2026-12-22
--   $4 = {"open"}
--   $5 = {"doing"}
--   $6 = {"done"}
--   $7 = 2026-11-24
--   $8 = 4
--   $9 = 2026-11-24T16:00:00Z
--   $10 = cancelled

-- tasks without titles, with the key-account template
SELECT t."customer", t."assignee", CASE WHEN t."status" = ANY($3::text[]) THEN 0 WHEN t."status" = ANY($4::text[]) THEN 1 WHEN t."status" = ANY($5::text[]) THEN 2 ELSE 3 END, coalesce(t."due_on" < $6::date, false), coalesce(t."due_on" <= $2::date, false), (coalesce(t."estimate_hours", $7::numeric))::float8, (coalesce(t."progress", 0))::float8, (t."due_on" - date '1970-01-01')::bigint, t.id, NULL::text FROM "org_acme"."task" t WHERE t."customer" = ANY($1::bigint[]) AND (t.archived_at IS NULL OR t.archived_at >= $8::timestamptz) AND t."status" IS DISTINCT FROM $9::text
--   $1 = <nil>
--   $2 = 2026-12-22
--   $3 = {"open"}
--   $4 = {"doing"}
--   $5 = {"done"}
--   $6 = 2026-11-24
--   $7 = 4
--   $8 = 2026-11-24T16:00:00Z
--   $9 = cancelled

-- load, with the key-account template
SELECT t."assignee", count(*), count(*) FILTER (WHERE t."due_on" < $4::date), coalesce(sum(coalesce(t."estimate_hours", $2::numeric) * (1 - coalesce(t."progress", 0) / 100.0)), 0)::float8, coalesce(sum(coalesce(t."estimate_hours", $2::numeric) * (1 - coalesce(t."progress", 0) / 100.0)) FILTER (WHERE t."due_on" <= $3::date), 0)::float8 FROM "org_acme"."task" t WHERE t."assignee" IS NOT NULL AND t."customer" = ANY($1::bigint[]) AND (t.archived_at IS NULL OR t.archived_at >= $5::timestamptz) AND t."status" = ANY($6::text[]) GROUP BY 1
--   $1 = <nil>
--   $2 = 4
--   $3 = 2026-12-22
--   $4 = 2026-11-24
--   $5 = 2026-11-24T16:00:00Z
--   $6 = {"open","doing"}

-- load of all, with the key-account template
SELECT t."assignee", count(*), count(*) FILTER (WHERE t."due_on" < $3::date), coalesce(sum(coalesce(t."estimate_hours", $1::numeric) * (1 - coalesce(t."progress", 0) / 100.0)), 0)::float8, coalesce(sum(coalesce(t."estimate_hours", $1::numeric) * (1 - coalesce(t."progress", 0) / 100.0)) FILTER (WHERE t."due_on" <= $2::date), 0)::float8 FROM "org_acme"."task" t WHERE t."assignee" IS NOT NULL AND (t.archived_at IS NULL OR t.archived_at >= $4::timestamptz) AND t."status" = ANY($5::text[]) GROUP BY 1
--   $1 = 4
--   $2 = 2026-12-22
--   $3 = 2026-11-24
--   $4 = 2026-11-24T16:00:00Z
--   $5 = {"open","doing"}

-- feedback, with the key-account template
SELECT f."customer", (fieldwork_expr.day_of(max(f."occurred_at") FILTER (WHERE true AND f."channel" IS DISTINCT FROM $5::text), $6::text) - date '1970-01-01')::bigint, (avg(f."rating") FILTER (WHERE f."occurred_at" >= $2::timestamptz))::float8, count(*) FILTER (WHERE true AND f."kind" = ANY($3::text[]) AND f."status" IS DISTINCT FROM $4::text) FROM "org_acme"."feedback" f WHERE f."customer" = ANY($1::bigint[]) AND (f.archived_at IS NULL OR f.archived_at >= $7::timestamptz) AND f."occurred_at" < $7::timestamptz GROUP BY 1
--   $1 = <nil>
--   $2 = 2026-05-28T16:00:00Z
--   $3 = {"complaint","problem"}
--   $4 = closed
--   $5 = internal
--   $6 = Asia/Shanghai
--   $7 = 2026-11-24T16:00:00Z

-- reviews, with the key-account template
SELECT v."customer", (min(v."planned_on") FILTER (WHERE true AND v."status" IS DISTINCT FROM $2::text AND v."status" IS DISTINCT FROM $3::text AND v."held_on" IS NULL) - date '1970-01-01')::bigint, (max(v."held_on") FILTER (WHERE v."held_on" <= $4::date AND v."status" IS DISTINCT FROM $2::text) - date '1970-01-01')::bigint FROM "org_acme"."review" v WHERE v."customer" = ANY($1::bigint[]) AND (v.archived_at IS NULL OR v.archived_at >= $5::timestamptz) GROUP BY 1
--   $1 = <nil>
--   $2 = cancelled
--   $3 = held
--   $4 = 2026-11-24
--   $5 = 2026-11-24T16:00:00Z

-- improvements, with the key-account template
SELECT v.customer, i."content" FROM (SELECT DISTINCT ON (v."customer") v."customer" AS customer, v.id FROM "org_acme"."review" v WHERE v."customer" = ANY($1::bigint[]) AND v."held_on" <= $2::date AND (v.archived_at IS NULL OR v.archived_at >= $3::timestamptz) AND v."status" IS DISTINCT FROM $4::text ORDER BY v."customer", v."held_on" DESC, v.id DESC) v JOIN "org_acme"."improvement" i ON i."review" = v.id WHERE true AND (i.archived_at IS NULL OR i.archived_at >= $3::timestamptz) ORDER BY v.customer, i.id
--   $1 = <nil>
--   $2 = 2026-11-24
--   $3 = 2026-11-24T16:00:00Z
--   $4 = cancelled

-- contacts, with the key-account template
SELECT DISTINCT ON (c."customer") c."customer", c."name" FROM "org_acme"."contact" c WHERE c."customer" = ANY($1::bigint[]) AND c."primary" AND (c.archived_at IS NULL OR c.archived_at >= $2::timestamptz) ORDER BY c."customer", c.id
--   $1 = <nil>
--   $2 = 2026-11-24T16:00:00Z

-- roles, with fewer fields
SELECT o."customer", o."responsibility", o."member", NULL::text, NULL::text, (o."starts_on" - date '1970-01-01')::bigint, (o."ends_on" - date '1970-01-01')::bigint, NULL::bigint FROM "org_acme"."role" o WHERE o."customer" = ANY($1::bigint[]) AND (o.archived_at IS NULL OR o.archived_at >= $2::timestamptz) ORDER BY o."customer", o.id
--   $1 = <nil>
--   $2 = 2026-11-24T16:00:00Z

-- members, with fewer fields
SELECT m.id, m."name", true AND (m.archived_at IS NULL OR m.archived_at >= $2::timestamptz) AND m."status" = $3::text, CASE WHEN NOT (true AND (m.archived_at IS NULL OR m.archived_at >= $2::timestamptz) AND m."status" = $3::text) THEN (fieldwork_expr.day_of((SELECT max(h.at) FROM "org_acme"."history__" h WHERE h.form = $4::text AND h.record = m.id AND h.was ? $5::text AND h.at < $2::timestamptz), $6::text) - date '1970-01-01')::bigint END FROM "org_acme"."member" m WHERE m.id = ANY($1::bigint[])
--   $1 = <nil>
--   $2 = 2026-11-24T16:00:00Z
--   $3 = active
--   $4 = member
--   $5 = status
--   $6 = Asia/Shanghai

-- absences, with fewer fields
SELECT a."member", a."deputy", (a."from_on" - date '1970-01-01')::bigint FROM "org_acme"."absence" a WHERE a."from_on" <= $1::date AND a."to_on" >= $1::date AND (a.archived_at IS NULL OR a.archived_at >= $2::timestamptz) ORDER BY a.id
--   $1 = 2026-11-24
--   $2 = 2026-11-24T16:00:00Z

-- tasks, with fewer fields
SELECT t."customer", t."assignee", CASE WHEN t."status" = ANY($3::text[]) THEN 0 WHEN t."status" = ANY($4::text[]) THEN 1 WHEN t."status" = ANY($5::text[]) THEN 2 ELSE 3 END, coalesce(false, false), true, ($6::numeric)::float8, (0)::float8, NULL::bigint, t.id, CASE WHEN t."status" = ANY($2::text[]) THEN t."title" END FROM "org_acme"."task" t WHERE t."customer" = ANY($1::bigint[]) AND (t.archived_at IS NULL OR t.archived_at >= $7::timestamptz) AND t."status" IS DISTINCT FROM $8::text
--   $1 = <nil>
--   $2 = {"open","doing"}
--   $3 = {"open"}
--   $4 = {"doing"}
--   $5 = {"done"}
--   $6 = 4
--   $7 = 2026-11-24T16:00:00Z
--   $8 = cancelled

-- tasks without titles, with fewer fields
SELECT t."customer", t."assignee", CASE WHEN t."status" = ANY($2::text[]) THEN 0 WHEN t."status" = ANY($3::text[]) THEN 1 WHEN t."status" = ANY($4::text[]) THEN 2 ELSE 3 END, coalesce(false, false), true, ($5::numeric)::float8, (0)::float8, NULL::bigint, t.id, NULL::text FROM "org_acme"."task" t WHERE t."customer" = ANY($1::bigint[]) AND (t.archived_at IS NULL OR t.archived_at >= $6::timestamptz) AND t."status" IS DISTINCT FROM $7::text
--   $1 = <nil>
--   $2 = {"open"}
--   $3 = {"doing"}
--   $4 = {"done"}
--   $5 = 4
--   $6 = 2026-11-24T16:00:00Z
--   $7 = cancelled

-- load, with fewer fields
SELECT t."assignee", count(*), count(*) FILTER (WHERE false), coalesce(sum($2::numeric * (1 - 0 / 100.0)), 0)::float8, coalesce(sum($2::numeric * (1 - 0 / 100.0)) FILTER (WHERE true), 0)::float8 FROM "org_acme"."task" t WHERE t."assignee" IS NOT NULL AND t."customer" = ANY($1::bigint[]) AND (t.archived_at IS NULL OR t.archived_at >= $3::timestamptz) AND t."status" = ANY($4::text[]) GROUP BY 1
--   $1 = <nil>
--   $2 = 4
--   $3 = 2026-11-24T16:00:00Z
--   $4 = {"open","doing"}

-- load of all, with fewer fields
SELECT t."assignee", count(*), count(*) FILTER (WHERE false), coalesce(sum($1::numeric * (1 - 0 / 100.0)), 0)::float8, coalesce(sum($1::numeric * (1 - 0 / 100.0)) FILTER (WHERE true), 0)::float8 FROM "org_acme"."task" t WHERE t."assignee" IS NOT NULL AND (t.archived_at IS NULL OR t.archived_at >= $2::timestamptz) AND t."status" = ANY($3::text[]) GROUP BY 1
--   $1 = 4
--   $2 = 2026-11-24T16:00:00Z
--   $3 = {"open","doing"}

-- feedback, with fewer fields
SELECT f."customer", (fieldwork_expr.day_of(max(f."occurred_at") FILTER (WHERE true AND f."channel" IS DISTINCT FROM $2::text), $3::text) - date '1970-01-01')::bigint, NULL::float8, 0::bigint FROM "org_acme"."feedback" f WHERE f."customer" = ANY($1::bigint[]) AND (f.archived_at IS NULL OR f.archived_at >= $4::timestamptz) AND f."occurred_at" < $4::timestamptz GROUP BY 1
--   $1 = <nil>
--   $2 = internal
--   $3 = Asia/Shanghai
--   $4 = 2026-11-24T16:00:00Z

-- reviews, with fewer fields
SELECT v."customer", (min(v."planned_on") FILTER (WHERE true AND v."status" IS DISTINCT FROM $2::text AND v."status" IS DISTINCT FROM $3::text) - date '1970-01-01')::bigint, NULL::bigint FROM "org_acme"."review" v WHERE v."customer" = ANY($1::bigint[]) AND (v.archived_at IS NULL OR v.archived_at >= $4::timestamptz) GROUP BY 1
--   $1 = <nil>
--   $2 = cancelled
--   $3 = held
--   $4 = 2026-11-24T16:00:00Z

-- contacts, with fewer fields
SELECT DISTINCT ON (c."customer") c."customer", c."name" FROM "org_acme"."contact" c WHERE c."customer" = ANY($1::bigint[]) AND c."primary" AND (c.archived_at IS NULL OR c.archived_at >= $2::timestamptz) ORDER BY c."customer", c.id
--   $1 = <nil>
--   $2 = 2026-11-24T16:00:00Z

