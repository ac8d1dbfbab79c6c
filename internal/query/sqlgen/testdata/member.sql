-- what members did in 30 days
SELECT t."assignee", 'tasks'::text, count(*), count(t."due_on"), count(*) FILTER (WHERE CASE WHEN t."due_on" IS NOT NULL THEN greatest(fieldwork_expr.day_of(t."done_at", $1::text) - t."due_on", 0) END = 0), trim_scale(round((percentile_cont(0.5) WITHIN GROUP (ORDER BY (CASE WHEN t."due_on" IS NOT NULL THEN greatest(fieldwork_expr.day_of(t."done_at", $1::text) - t."due_on", 0) END)::float8))::numeric, 4))::text, trim_scale(round((percentile_cont(0.5) WITHIN GROUP (ORDER BY (CASE WHEN t."done_at" >= t.created_at THEN extract(epoch FROM t."done_at" - t.created_at) / 86400 END)::float8))::numeric, 4))::text FROM "org_acme"."task" t WHERE t."assignee" IS NOT NULL AND t."done_at" >= $2::timestamptz AND t."done_at" < $3::timestamptz AND (t.archived_at IS NULL OR t.archived_at >= $3::timestamptz) AND t."status" = $4::text GROUP BY 1
UNION ALL SELECT f."member", 'feedback'::text, count(*) FILTER (WHERE f."channel" IS DISTINCT FROM $5::text), count(f."rating"), count(extract(epoch FROM f."first_response_at" - f."occurred_at") / 3600), trim_scale(round(avg(f."rating"), 4))::text, trim_scale(round((percentile_cont(0.5) WITHIN GROUP (ORDER BY (extract(epoch FROM f."first_response_at" - f."occurred_at") / 3600)::float8))::numeric, 4))::text FROM "org_acme"."feedback" f WHERE f."member" IS NOT NULL AND f."occurred_at" >= $2::timestamptz AND f."occurred_at" < $3::timestamptz AND (f.archived_at IS NULL OR f.archived_at >= $3::timestamptz) GROUP BY 1
--   $1 = Asia/Shanghai
--   $2 = 2026-10-25T16:00:00Z
--   $3 = 2026-11-24T16:00:00Z
--   $4 = done
--   $5 = internal

