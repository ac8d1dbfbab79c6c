-- level 0: thing
SELECT r."id", r."amount_due", r."site" FROM "org_acme"."thing" r WHERE r.id = $1::bigint
--   $1 = 5
-- level 1: thing.site, for the rows of level 0
SELECT r."id", r."zone" FROM "org_acme"."site" r WHERE r.id = ANY($1::bigint[])
--   $1 = the keys of the level above
-- level 2: thing.site.zone, for the rows of level 1
SELECT r."id", r."rank"::text FROM "org_acme"."zone" r WHERE r.id = ANY($1::bigint[])
--   $1 = the keys of the level above
