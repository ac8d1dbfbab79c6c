-- level 0: parts
SELECT r."id", r."thing", r."price" FROM "org_acme"."part" r WHERE r.archived_at IS NULL ORDER BY r.id LIMIT 2
