-- level 0: sites
SELECT r."id", r."name", r."zone" FROM "org_acme"."site" r WHERE r.archived_at IS NULL ORDER BY r.id LIMIT 2
-- level 1: sites.things, for the rows of level 0
SELECT p.pos, c.* FROM unnest($1::bigint[]) WITH ORDINALITY AS p (id, pos) CROSS JOIN LATERAL (SELECT r."id", r."name", r."lead" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r."site" = p.id AND r.archived_at IS NULL AND r."state" = $2::text ORDER BY r."size" DESC NULLS LAST, array_position($3::text[], r."state"), r.id LIMIT 5) r) c
--   $1 = the keys of the level above
--   $2 = open
--   $3 = {"open","in_work","done","lost"}
-- level 2: sites.things.parts, for the rows of level 1
SELECT p.pos, c.* FROM unnest($1::bigint[]) WITH ORDINALITY AS p (id, pos) CROSS JOIN LATERAL (SELECT r."id", r."name" FROM "org_acme"."part" r WHERE r."thing" = p.id AND r.archived_at IS NULL ORDER BY r.id LIMIT 3) c
--   $1 = the keys of the level above
-- level 3: sites.things.parts.totalCount, for the rows of level 1
SELECT r."thing", count(*) FROM "org_acme"."part" r WHERE r."thing" = ANY($1::bigint[]) AND r.archived_at IS NULL GROUP BY 1
--   $1 = the keys of the level above
-- level 4: sites.zone, for the rows of level 0
SELECT r."id", r."name" FROM "org_acme"."zone" r WHERE r.id = ANY($1::bigint[])
--   $1 = the keys of the level above
-- level 5: sites.things.lead, for the rows of level 1
SELECT r."id", r."name" FROM "org_acme"."member" r WHERE r.id = ANY($1::bigint[])
--   $1 = the keys of the level above
