-- ROLES, with the key-account template
SELECT h.id, h.version::bigint, h."customer", h."responsibility", h."level", h."scope", (h."starts_on" - date '1970-01-01')::bigint, (h."ends_on" - date '1970-01-01')::bigint, h."deputy" FROM "org_acme"."role" h WHERE h."member" = $1::bigint AND h.archived_at IS NULL AND (h."ends_on" IS NULL OR h."ends_on" >= $2::date) ORDER BY h.id LIMIT 10 FOR NO KEY UPDATE
--   $1 = 7
--   $2 = 2026-11-24

-- TASKS, with the key-account template
SELECT h.id, h.version::bigint, h."customer", NULL::text, NULL::text, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint FROM "org_acme"."task" h WHERE h."assignee" = $1::bigint AND h.archived_at IS NULL AND h."status" = ANY($2::text[]) ORDER BY h.id LIMIT 10 FOR NO KEY UPDATE
--   $1 = 7
--   $2 = {"open","doing"}

-- FEEDBACK, with the key-account template
SELECT h.id, h.version::bigint, h."customer", NULL::text, NULL::text, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint FROM "org_acme"."feedback" h WHERE h."member" = $1::bigint AND h.archived_at IS NULL AND h."status" <> $2::text ORDER BY h.id LIMIT 10 FOR NO KEY UPDATE
--   $1 = 7
--   $2 = closed

-- CUSTOMERS, with the key-account template
SELECT h.id, h.version::bigint, h.id, NULL::text, NULL::text, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint FROM "org_acme"."customer" h WHERE h."owner" = $1::bigint AND h.archived_at IS NULL ORDER BY h.id LIMIT 10 FOR NO KEY UPDATE
--   $1 = 7

-- CONTACTS, with the key-account template
SELECT h.id, h.version::bigint, h."customer", NULL::text, NULL::text, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint FROM "org_acme"."contact" h WHERE h."owner" = $1::bigint AND h.archived_at IS NULL ORDER BY h.id LIMIT 10 FOR NO KEY UPDATE
--   $1 = 7

-- REVIEWS, with the key-account template
SELECT h.id, h.version::bigint, h."customer", NULL::text, NULL::text, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint FROM "org_acme"."review" h WHERE h."host" = $1::bigint AND h.archived_at IS NULL AND h."status" IS DISTINCT FROM $2::text AND h."status" IS DISTINCT FROM $3::text AND h."held_on" IS NULL ORDER BY h.id LIMIT 10 FOR NO KEY UPDATE
--   $1 = 7
--   $2 = held
--   $3 = cancelled

-- roles of anybody, with the key-account template
SELECT h.id, h.version::bigint, h."customer", h."responsibility", h."level", h."scope", (h."starts_on" - date '1970-01-01')::bigint, (h."ends_on" - date '1970-01-01')::bigint, h."member" FROM "org_acme"."role" h WHERE h."customer" = ANY($1::bigint[]) AND h.archived_at IS NULL AND (h."ends_on" IS NULL OR h."ends_on" >= $2::date) ORDER BY h.id FOR NO KEY UPDATE
--   $1 = {1,2}
--   $2 = 2026-11-24

-- seats of a team template, with the key-account template
SELECT s."responsibility", s."member", s."level", s."scope" FROM "org_acme"."team_seat" s WHERE s."team_template" = $1::bigint AND s.archived_at IS NULL ORDER BY s.id
--   $1 = 3

-- teams one after the other, with the key-account template
SELECT pg_advisory_xact_lock(hashtextextended('fieldwork team ' || $1::bigint, $2::bigint))
--   $1 = 3
--   $2 = 3

-- roles of receivers, with the key-account template
SELECT h.id, h.version::bigint, h."customer", h."responsibility", h."level", h."scope", (h."starts_on" - date '1970-01-01')::bigint, (h."ends_on" - date '1970-01-01')::bigint, h."member" FROM "org_acme"."role" h WHERE h."customer" = ANY($1::bigint[]) AND h."member" = ANY($2::bigint[]) AND h.archived_at IS NULL AND (h."ends_on" IS NULL OR h."ends_on" >= $3::date) ORDER BY h.id
--   $1 = {1,2}
--   $2 = {8,9}
--   $3 = 2026-11-24

-- ROLES, with fewer fields
SELECT h.id, h.version::bigint, h."customer", h."responsibility", NULL::text, NULL::text, (h."starts_on" - date '1970-01-01')::bigint, NULL::bigint, NULL::bigint FROM "org_acme"."role" h WHERE h."member" = $1::bigint AND h.archived_at IS NULL ORDER BY h.id LIMIT 10 FOR NO KEY UPDATE
--   $1 = 7

-- TASKS, with fewer fields
SELECT h.id, h.version::bigint, NULL::bigint, NULL::text, NULL::text, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint FROM "org_acme"."task" h WHERE h."assignee" = $1::bigint AND h.archived_at IS NULL AND h."status" = ANY($2::text[]) ORDER BY h.id LIMIT 10 FOR NO KEY UPDATE
--   $1 = 7
--   $2 = {"open","doing"}

-- CONTACTS, with fewer fields
SELECT h.id, h.version::bigint, h."customer", NULL::text, NULL::text, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint FROM "org_acme"."contact" h WHERE h."owner" = $1::bigint AND h.archived_at IS NULL ORDER BY h.id LIMIT 10 FOR NO KEY UPDATE
--   $1 = 7

-- REVIEWS, with fewer fields
SELECT h.id, h.version::bigint, h."customer", NULL::text, NULL::text, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint FROM "org_acme"."review" h WHERE h."host" = $1::bigint AND h.archived_at IS NULL AND h."status" IS DISTINCT FROM $2::text AND h."status" IS DISTINCT FROM $3::text ORDER BY h.id LIMIT 10 FOR NO KEY UPDATE
--   $1 = 7
--   $2 = held
--   $3 = cancelled

-- roles of anybody, with fewer fields
SELECT h.id, h.version::bigint, h."customer", h."responsibility", NULL::text, NULL::text, (h."starts_on" - date '1970-01-01')::bigint, NULL::bigint, h."member" FROM "org_acme"."role" h WHERE h."customer" = ANY($1::bigint[]) AND h.archived_at IS NULL ORDER BY h.id FOR NO KEY UPDATE
--   $1 = {1,2}

-- seats of a team template, with fewer fields
SELECT s."responsibility", s."member", NULL::text, NULL::text FROM "org_acme"."team_seat" s WHERE s."team_template" = $1::bigint AND s.archived_at IS NULL ORDER BY s.id
--   $1 = 3

-- teams one after the other, with fewer fields
SELECT pg_advisory_xact_lock(hashtextextended('fieldwork team ' || $1::bigint, $2::bigint))
--   $1 = 3
--   $2 = 3

-- roles of receivers, with fewer fields
SELECT h.id, h.version::bigint, h."customer", h."responsibility", NULL::text, NULL::text, (h."starts_on" - date '1970-01-01')::bigint, NULL::bigint, h."member" FROM "org_acme"."role" h WHERE h."customer" = ANY($1::bigint[]) AND h."member" = ANY($2::bigint[]) AND h.archived_at IS NULL ORDER BY h.id
--   $1 = {1,2}
--   $2 = {8,9}

