-- level 0: site
-- level 1: site.things, for the rows of level 0
-- level 2: site.things, for the rows of level 0
-- level 3: site.things.lead, site.things.lead, for the rows of level 1 and 2
-- level 4: site.things.site, for the rows of level 2
-- all levels in one trip, because the answer is small
WITH l0 (c0) AS MATERIALIZED (SELECT r."id" FROM "org_acme"."site" r WHERE r.id = $1::bigint), l1 (c0, c1, c2, c3) AS MATERIALIZED (SELECT p.pos, c.* FROM (SELECT row_number() OVER () AS pos, c0 AS id FROM l0) p CROSS JOIN LATERAL (SELECT r."id", r."lead", r."size"::text FROM "org_acme"."thing" r WHERE r."site" = p.id AND r.archived_at IS NULL ORDER BY r.id LIMIT 2) c), l2 (c0, c1, c2, c3) AS MATERIALIZED (SELECT p.pos, c.* FROM (SELECT row_number() OVER () AS pos, c0 AS id FROM l0) p CROSS JOIN LATERAL (SELECT r."id", r."lead", r."site" FROM "org_acme"."thing" r WHERE r."site" = p.id AND r.archived_at IS NULL ORDER BY r.id LIMIT 3) c), l3 (c0, c1, c2) AS MATERIALIZED (SELECT r."id", r."name", r."email" FROM "org_acme"."member" r WHERE r.id IN (SELECT c2 FROM l1 UNION ALL SELECT c2 FROM l2)), l4 (c0, c1) AS MATERIALIZED (SELECT r."id", r."name" FROM "org_acme"."site" r WHERE r.id IN (SELECT c3 FROM l2)) SELECT 0, record_send(l0) FROM l0 UNION ALL SELECT 1, record_send(l1) FROM l1 UNION ALL SELECT 2, record_send(l2) FROM l2 UNION ALL SELECT 3, record_send(l3) FROM l3 UNION ALL SELECT 4, record_send(l4) FROM l4
--   $1 = 5
