-- level 0: sites
SELECT r."id" FROM "org_acme"."site" r WHERE r.archived_at IS NULL ORDER BY r.id LIMIT 2
-- level 1: sites.things.totalCount, for the rows of level 0
SELECT r."site", count(*) FROM "org_acme"."thing" r WHERE r."site" = ANY($1::bigint[]) AND r.archived_at IS NULL GROUP BY 1
--   $1 = the keys of the level above
-- level 2: sites.things, for the rows of level 0
SELECT p.pos, c.* FROM unnest($1::bigint[]) WITH ORDINALITY AS p (id, pos) CROSS JOIN LATERAL (SELECT r."id" FROM "org_acme"."thing" r WHERE r."site" = p.id AND r.archived_at IS NULL ORDER BY r.id LIMIT 9) c
--   $1 = the keys of the level above
