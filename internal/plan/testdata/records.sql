-- level 0: things
SELECT r."id", r."name" FROM "org_acme"."thing" r WHERE r.id = ANY($1::bigint[])
--   $1 = the keys of the level above
