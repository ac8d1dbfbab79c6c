-- level 0: things
SELECT r."id", r."size"::text, (r."size")::text, (array_position($1::text[], r."state"))::text, r."name" FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r."size" DESC NULLS LAST, array_position($2::text[], r."state"), r.id LIMIT 3) r
--   $1 = {"open","in_work","done","lost"}
--   $2 = {"open","in_work","done","lost"}
-- level 1: things.totalCount
SELECT count(*) FROM "org_acme"."thing" r WHERE r.archived_at IS NULL
