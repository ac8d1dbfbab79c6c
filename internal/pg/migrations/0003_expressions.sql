-- Functions that expressions of forms need because PostgreSQL's own would fail on
-- some values, and one bad record must not take a whole page down. Each is null
-- where there is no answer. Days lie in the years 1 to 9999, lengths of time
-- within as many days. They read nothing, so everyone may call them.
--
-- They are written so that PostgreSQL puts their bodies where they are called; a
-- call would cost ten times as much. That is why none is STRICT, those of moments
-- are STABLE, and nearly all use each argument once: what is out of bounds is
-- brought to a value just beyond them, as is null, and that value made null.

-- +goose Up
CREATE SCHEMA IF NOT EXISTS fieldwork_expr;
GRANT USAGE ON SCHEMA fieldwork_expr TO PUBLIC;

CREATE OR REPLACE FUNCTION fieldwork_expr.add_days(date, numeric) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT nullif(nullif(date '0001-01-01' + least(greatest(($1 - date '0001-01-01') + floor($2), -1), 3652059)::integer,
                               date '0001-12-31 BC'), date '10000-01-01') $$;

-- Moments are moved 3,700,000 days on and back, so that none on the way comes
-- before those that PostgreSQL knows.
CREATE OR REPLACE FUNCTION fieldwork_expr.add_duration(timestamptz, interval) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(nullif(least(greatest($1 + interval '3700000 days' + least(greatest($2, interval '-3652060 days'), interval '3652060 days'),
                                              timestamptz '10131-04-04 23:59:59.999999+00'), timestamptz '20130-04-04 00:00:00+00'),
                               timestamptz '10131-04-04 23:59:59.999999+00'), timestamptz '20130-04-04 00:00:00+00') - interval '3700000 days' $$;

CREATE OR REPLACE FUNCTION fieldwork_expr.add_days(timestamptz, numeric) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT fieldwork_expr.add_duration($1, make_interval(days => least(greatest(floor($2), -3652060), 3652060)::integer)) $$;

-- Months are counted 10,000 years later, where the calendar is the same.
CREATE OR REPLACE FUNCTION fieldwork_expr.add_months(date, numeric) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT (nullif(nullif(least(greatest(($1 + make_interval(months => 120000 + least(greatest(floor($2), -120000), 120000)::integer))::date,
                                               date '10000-12-31'), date '20000-01-01'),
                                date '10000-12-31'), date '20000-01-01') - interval '120000 months')::date $$;

CREATE OR REPLACE FUNCTION fieldwork_expr.add_months(timestamptz, numeric) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(nullif(least(greatest($1 + make_interval(months => 120000 + least(greatest(floor($2), -120000), 120000)::integer),
                                              timestamptz '10000-12-31 23:59:59.999999+00'), timestamptz '20000-01-01 00:00:00+00'),
                               timestamptz '10000-12-31 23:59:59.999999+00'), timestamptz '20000-01-01 00:00:00+00') - interval '120000 months' $$;

-- Its days apart, so that however many are added no part grows out of bounds.
CREATE OR REPLACE FUNCTION fieldwork_expr.add_durations(interval, interval) RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT nullif(nullif(least(greatest(justify_hours($1 + $2), interval '-3652059 days -0.000001 seconds'), interval '3652059 days 0.000001 seconds'),
                               interval '-3652059 days -0.000001 seconds'), interval '3652059 days 0.000001 seconds') $$;

-- The day that a calendar in a time zone shows.
CREATE OR REPLACE FUNCTION fieldwork_expr.day_of(timestamptz, text) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT nullif(nullif(least(greatest(($1 AT TIME ZONE $2)::date, date '0001-12-31 BC'), date '10000-01-01'), date '0001-12-31 BC'), date '10000-01-01') $$;

CREATE OR REPLACE FUNCTION fieldwork_expr.days_between(date, date) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT ($2 - $1)::numeric $$;

-- Whole days of 24 hours, towards zero.
CREATE OR REPLACE FUNCTION fieldwork_expr.days_between(timestamptz, timestamptz) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT trunc((extract(epoch FROM $2)::numeric - extract(epoch FROM $1)::numeric) / 86400) $$;

CREATE OR REPLACE FUNCTION fieldwork_expr.hours_between(timestamptz, timestamptz) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT (extract(epoch FROM $2)::numeric - extract(epoch FROM $1)::numeric) / 3600 $$;

-- There is no text of fewer than 0 characters.
CREATE OR REPLACE FUNCTION fieldwork_expr.left_of(text, numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT left($1, nullif(least(greatest(floor($2), -1), 1000000), -1)::integer) $$;

CREATE OR REPLACE FUNCTION fieldwork_expr.right_of(text, numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT right($1, nullif(least(greatest(floor($2), -1), 1000000), -1)::integer) $$;

-- Characters from the n-th on, counted from 1.
CREATE OR REPLACE FUNCTION fieldwork_expr.mid_of(text, numeric, numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT substr($1, nullif(least(greatest(floor($2), 0), 1000000), 0)::integer, nullif(least(greatest(floor($3), -1), 1000000), -1)::integer) $$;

CREATE OR REPLACE FUNCTION fieldwork_expr.ends_with(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT starts_with(reverse($1), reverse($2)) $$;

-- Null where the result might pass what a long text holds many times over.
CREATE OR REPLACE FUNCTION fieldwork_expr.replaced(text, text, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT CASE WHEN $2 = '' THEN $1 WHEN length($3) <= length($2) OR length($1)::bigint * length($3) <= 1000000 THEN left(replace($1, $2, $3), 100000) END $$;

CREATE OR REPLACE FUNCTION fieldwork_expr.number_of(text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT substring($1 FROM '^[ \t\n\r]*([-+]?[0-9]{1,38}(?:\.[0-9]{1,12})?)[ \t\n\r]*$')::numeric $$;

-- +goose Down
DROP SCHEMA IF EXISTS fieldwork_expr CASCADE;
