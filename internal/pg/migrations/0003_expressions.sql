-- Functions that expressions of forms need because PostgreSQL's own would fail on
-- some values, and one bad record must not take a whole page down. Each is null
-- where there is no answer. Days lie in the years 1 to 9999, lengths of time
-- within as many days. They read nothing, so everyone may call them.

-- +goose Up
CREATE SCHEMA IF NOT EXISTS fieldwork_expr;
GRANT USAGE ON SCHEMA fieldwork_expr TO PUBLIC;

CREATE OR REPLACE FUNCTION fieldwork_expr.add_days(date, numeric) RETURNS date LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT CASE WHEN ($1 - date '0001-01-01') + floor($2) BETWEEN 0 AND 3652058 THEN $1 + floor($2)::integer END $$;

CREATE OR REPLACE FUNCTION fieldwork_expr.add_days(timestamptz, numeric) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT CASE WHEN abs(floor($2)) <= 3652059 AND extract(epoch FROM $1)::numeric + floor($2) * 86400 BETWEEN -62135596800 AND 253402300799
                      THEN $1 + floor($2)::integer * interval '24 hours' END $$;

CREATE OR REPLACE FUNCTION fieldwork_expr.add_months(date, numeric) RETURNS date LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT CASE WHEN extract(year FROM $1)::numeric * 12 + extract(month FROM $1)::numeric + floor($2) BETWEEN 13 AND 119999
                      THEN ($1 + make_interval(months => floor($2)::integer))::date END $$;

CREATE OR REPLACE FUNCTION fieldwork_expr.add_months(timestamptz, numeric) RETURNS timestamptz LANGUAGE sql STABLE STRICT PARALLEL SAFE
    AS $$ SELECT CASE WHEN extract(year FROM $1)::numeric * 12 + extract(month FROM $1)::numeric + floor($2) BETWEEN 13 AND 119999
                      THEN $1 + make_interval(months => floor($2)::integer) END $$;

CREATE OR REPLACE FUNCTION fieldwork_expr.add_duration(timestamptz, interval) RETURNS timestamptz LANGUAGE sql STABLE STRICT PARALLEL SAFE
    AS $$ SELECT CASE WHEN extract(epoch FROM $1)::numeric + extract(epoch FROM $2)::numeric BETWEEN -62135596800 AND 253402300799 THEN $1 + $2 END $$;

CREATE OR REPLACE FUNCTION fieldwork_expr.add_durations(interval, interval) RETURNS interval LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT CASE WHEN abs(extract(epoch FROM $1)::numeric + extract(epoch FROM $2)::numeric) <= 3652059::numeric * 86400 THEN $1 + $2 END $$;

CREATE OR REPLACE FUNCTION fieldwork_expr.days_between(date, date) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT ($2 - $1)::numeric $$;

-- Whole days of 24 hours, towards zero.
CREATE OR REPLACE FUNCTION fieldwork_expr.days_between(timestamptz, timestamptz) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT trunc((extract(epoch FROM $2)::numeric - extract(epoch FROM $1)::numeric) / 86400) $$;

CREATE OR REPLACE FUNCTION fieldwork_expr.hours_between(timestamptz, timestamptz) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT (extract(epoch FROM $2)::numeric - extract(epoch FROM $1)::numeric) / 3600 $$;

CREATE OR REPLACE FUNCTION fieldwork_expr.left_of(text, numeric) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT left($1, least(greatest(floor($2), 0), 1000000)::integer) $$;

CREATE OR REPLACE FUNCTION fieldwork_expr.right_of(text, numeric) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT right($1, least(greatest(floor($2), 0), 1000000)::integer) $$;

-- Characters from the n-th on, counted from 1.
CREATE OR REPLACE FUNCTION fieldwork_expr.mid_of(text, numeric, numeric) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT substr($1, least(greatest(floor($2), 1), 1000000)::integer, least(greatest(floor($3), 0), 1000000)::integer) $$;

CREATE OR REPLACE FUNCTION fieldwork_expr.ends_with(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT right($1, length($2)) = $2 $$;

-- Null where the result might pass what a long text holds many times over.
CREATE OR REPLACE FUNCTION fieldwork_expr.replaced(text, text, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT CASE WHEN $2 = '' THEN $1 WHEN length($3) <= length($2) OR length($1)::bigint * length($3) <= 1000000 THEN left(replace($1, $2, $3), 100000) END $$;

CREATE OR REPLACE FUNCTION fieldwork_expr.number_of(text) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT CASE WHEN $1 ~ '^\s*[-+]?[0-9]{1,38}(\.[0-9]{1,12})?\s*$' THEN btrim($1, E' \t\n\r')::numeric END $$;

-- +goose Down
DROP SCHEMA IF EXISTS fieldwork_expr CASCADE;
