-- no condition
SELECT FROM "org_acme"."thing" r WHERE true

-- one condition
SELECT FROM "org_acme"."thing" r WHERE r."size" = $1::bigint
--   $1 = 1

-- two conditions on a field
SELECT FROM "org_acme"."thing" r WHERE (r."size" >= $1::bigint AND r."size" < $2::bigint)
--   $1 = 1
--   $2 = 9

-- or
SELECT FROM "org_acme"."thing" r WHERE (r."size" = $1::bigint OR r."checked" = $2::boolean)
--   $1 = 1
--   $2 = true

-- or of nothing
SELECT FROM "org_acme"."thing" r WHERE false

-- not
SELECT FROM "org_acme"."thing" r WHERE (r."size" > $1::bigint) IS NOT TRUE
--   $1 = 1

-- not of nothing
SELECT FROM "org_acme"."thing" r WHERE (true) IS NOT TRUE

-- not equal, which empty fields are too
SELECT FROM "org_acme"."thing" r WHERE r."size" IS DISTINCT FROM $1::bigint
--   $1 = 1

-- one of a list
SELECT FROM "org_acme"."thing" r WHERE r."name" = ANY($1::text[])
--   $1 = {"a","b\"c\\d","NULL","","{}"}

-- none of a list
SELECT FROM "org_acme"."thing" r WHERE (r."state" = ANY($1::text[])) IS NOT TRUE
--   $1 = {"open","done"}

-- empty
SELECT FROM "org_acme"."thing" r WHERE r."size" IS NULL

-- not empty
SELECT FROM "org_acme"."thing" r WHERE r."size" IS NOT NULL

-- between
SELECT FROM "org_acme"."thing" r WHERE r."amount_due" BETWEEN $1::numeric AND $2::numeric
--   $1 = 1.50
--   $2 = 2

-- contains, with what LIKE would take for a pattern
SELECT FROM "org_acme"."thing" r WHERE r."name" ILIKE $1::text
--   $1 = %50\%\_\\%

-- starts and ends
SELECT FROM "org_acme"."thing" r WHERE (r."name" ILIKE $1::text AND r."name" ILIKE $2::text)
--   $1 = %z
--   $2 = a%

-- a period of days
SELECT FROM "org_acme"."thing" r WHERE (r."due_on" >= $1::date AND r."due_on" < $2::date)
--   $1 = 2026-11-23
--   $2 = 2026-11-30

-- a period of moments
SELECT FROM "org_acme"."thing" r WHERE (r."seen_at" >= $1::timestamptz AND r."seen_at" < $2::timestamptz)
--   $1 = 2026-11-23T16:00:00Z
--   $2 = 2026-11-24T16:00:00Z

-- a period without a start
SELECT FROM "org_acme"."thing" r WHERE (r."due_on" < $1::date)
--   $1 = 2026-11-24

-- a period without an end
SELECT FROM "org_acme"."thing" r WHERE (r."due_on" >= $1::date)
--   $1 = 2026-11-25

-- its own id
SELECT FROM "org_acme"."thing" r WHERE r."id" = ANY($1::bigint[])
--   $1 = {"1","2"}

-- through a reference
SELECT FROM "org_acme"."thing" r WHERE EXISTS (SELECT FROM "org_acme"."site" r1 WHERE r1.id = r."site" AND r1."level" = $1::bigint)
--   $1 = 1

-- through a reference, holding for none
SELECT FROM "org_acme"."thing" r WHERE (r."site" IS NULL OR EXISTS (SELECT FROM "org_acme"."site" r1 WHERE r1.id = r."site" AND r1."level" IS DISTINCT FROM $1::bigint))
--   $1 = 1

-- through two references
SELECT FROM "org_acme"."thing" r WHERE EXISTS (SELECT FROM "org_acme"."site" r1 WHERE r1.id = r."site" AND EXISTS (SELECT FROM "org_acme"."zone" r2 WHERE r2.id = r1."zone" AND r2."rank" > $1::bigint))
--   $1 = 1

-- through two references, holding for none
SELECT FROM "org_acme"."thing" r WHERE (r."site" IS NULL OR EXISTS (SELECT FROM "org_acme"."site" r1 WHERE r1.id = r."site" AND (r1."zone" IS NULL OR EXISTS (SELECT FROM "org_acme"."zone" r2 WHERE r2.id = r1."zone" AND r2."rank" IS NULL))))

-- no reference
SELECT FROM "org_acme"."thing" r WHERE r."site" IS NULL

-- some reference
SELECT FROM "org_acme"."thing" r WHERE r."site" IS NOT NULL

-- a reference by id needs no join
SELECT FROM "org_acme"."thing" r WHERE r."site" = $1::bigint
--   $1 = 1

-- a reference by other ids
SELECT FROM "org_acme"."thing" r WHERE (r."site" = ANY($1::bigint[])) IS NOT TRUE
--   $1 = {"1"}

-- a reference by id and more
SELECT FROM "org_acme"."thing" r WHERE EXISTS (SELECT FROM "org_acme"."site" r1 WHERE r1.id = r."site" AND (r1."id" = $1::bigint AND r1."level" = $2::bigint))
--   $1 = 1
--   $2 = 1

-- no reference, or one that
SELECT FROM "org_acme"."thing" r WHERE (r."site" IS NULL OR EXISTS (SELECT FROM "org_acme"."site" r1 WHERE r1.id = r."site" AND (false OR r1."level" = $1::bigint)))
--   $1 = 1

-- a member
SELECT FROM "org_acme"."thing" r WHERE EXISTS (SELECT FROM "org_acme"."member" r1 WHERE r1.id = r."created_by" AND r1."name" ILIKE $1::text)
--   $1 = O%

-- some child
SELECT FROM "org_acme"."thing" r WHERE EXISTS (SELECT FROM "org_acme"."part" r1 WHERE r1."thing" = r.id AND r1.archived_at IS NULL AND r1."quantity" = $1::bigint)
--   $1 = 1

-- some child at all
SELECT FROM "org_acme"."thing" r WHERE EXISTS (SELECT FROM "org_acme"."part" r1 WHERE r1."thing" = r.id AND r1.archived_at IS NULL AND true)

-- no child
SELECT FROM "org_acme"."thing" r WHERE NOT EXISTS (SELECT FROM "org_acme"."part" r1 WHERE r1."thing" = r.id AND r1.archived_at IS NULL AND r1."quantity" = $1::bigint)
--   $1 = 1

-- every child
SELECT FROM "org_acme"."thing" r WHERE NOT EXISTS (SELECT FROM "org_acme"."part" r1 WHERE r1."thing" = r.id AND r1.archived_at IS NULL AND (r1."quantity" = $1::bigint) IS NOT TRUE)
--   $1 = 1

-- every child of three conditions
SELECT FROM "org_acme"."thing" r WHERE (NOT EXISTS (SELECT FROM "org_acme"."part" r1 WHERE r1."thing" = r.id AND r1.archived_at IS NULL AND ((r1."name" = $1::text AND r1."quantity" = $2::bigint)) IS NOT TRUE) AND EXISTS (SELECT FROM "org_acme"."part" r2 WHERE r2."thing" = r.id AND r2.archived_at IS NULL AND true))
--   $1 = a
--   $2 = 1

-- children of a reference
SELECT FROM "org_acme"."thing" r WHERE EXISTS (SELECT FROM "org_acme"."site" r1 WHERE r1.id = r."site" AND EXISTS (SELECT FROM "org_acme"."thing" r2 WHERE r2."site" = r1.id AND r2.archived_at IS NULL AND NOT EXISTS (SELECT FROM "org_acme"."part" r3 WHERE r3."thing" = r2.id AND r3.archived_at IS NULL AND true)))

