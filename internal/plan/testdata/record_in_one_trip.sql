-- level 0: thing
-- level 1: thing.parts, for the rows of level 0
-- level 2: thing.parts.totalCount, for the rows of level 0
-- level 3: thing.site, for the rows of level 0
-- level 4: thing.site.zone, for the rows of level 3
-- all levels in one trip, because the answer is small
WITH l0 (c0, c1, c2) AS MATERIALIZED (SELECT r."id", r."amount_due"::text, r."site" FROM "org_acme"."thing" r WHERE r.id = $1::bigint), l1 (c0, c1, c2) AS MATERIALIZED (SELECT p.pos, c.* FROM (SELECT row_number() OVER () AS pos, c0 AS id FROM l0) p CROSS JOIN LATERAL (SELECT r."id", r."price"::text FROM "org_acme"."part" r WHERE r."thing" = p.id AND r.archived_at IS NULL ORDER BY r.id LIMIT 3) c), l2 (c0, c1) AS MATERIALIZED (SELECT r."thing", count(*) FROM "org_acme"."part" r WHERE r."thing" IN (SELECT c0 FROM l0) AND r.archived_at IS NULL GROUP BY 1), l3 (c0, c1) AS MATERIALIZED (SELECT r."id", r."zone" FROM "org_acme"."site" r WHERE r.id IN (SELECT c2 FROM l0)), l4 (c0, c1) AS MATERIALIZED (SELECT r."id", r."rank"::text FROM "org_acme"."zone" r WHERE r.id IN (SELECT c1 FROM l3)) SELECT 0, record_send(l0) FROM l0 UNION ALL SELECT 1, record_send(l1) FROM l1 UNION ALL SELECT 2, record_send(l2) FROM l2 UNION ALL SELECT 3, record_send(l3) FROM l3 UNION ALL SELECT 4, record_send(l4) FROM l4
--   $1 = 5
