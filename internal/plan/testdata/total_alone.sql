-- level 0: things.totalCount
SELECT count(*) FROM "org_acme"."thing" r WHERE r.archived_at IS NULL AND r."state" = $1::text
--   $1 = open
