-- level 0: things
SELECT r."id", (r."size")::text, (array_position($1::text[], r."state"))::text FROM (SELECT r.* FROM "org_acme"."thing" r WHERE r.archived_at IS NULL ORDER BY r."size" DESC NULLS LAST, array_position($2::text[], r."state"), r.id LIMIT 2) r
--   $1 = {"open","in_work","done","lost"}
--   $2 = {"open","in_work","done","lost"}
