-- level 0: sites
SELECT r."id" FROM "org_acme"."site" r WHERE r.archived_at IS NULL ORDER BY r.id LIMIT 2
-- level 1: sites.things, for the rows of level 0
SELECT p.pos, c.* FROM unnest($1::bigint[]) WITH ORDINALITY AS p (id, pos) CROSS JOIN LATERAL (SELECT r."id", r."lead", r."size"::text FROM "org_acme"."thing" r WHERE r."site" = p.id AND r.archived_at IS NULL ORDER BY r.id LIMIT 2) c
--   $1 = the keys of the level above
-- level 2: sites.things, for the rows of level 0
SELECT p.pos, c.* FROM unnest($1::bigint[]) WITH ORDINALITY AS p (id, pos) CROSS JOIN LATERAL (SELECT r."id", r."lead", r."site" FROM "org_acme"."thing" r WHERE r."site" = p.id AND r.archived_at IS NULL ORDER BY r.id LIMIT 3) c
--   $1 = the keys of the level above
-- level 3: sites.things.lead, sites.things.lead, for the rows of level 1 and 2
SELECT r."id", r."name", r."email" FROM "org_acme"."member" r WHERE r.id = ANY($1::bigint[])
--   $1 = the keys of the level above
-- level 4: sites.things.site, for the rows of level 2
SELECT r."id", r."name" FROM "org_acme"."site" r WHERE r.id = ANY($1::bigint[])
--   $1 = the keys of the level above
