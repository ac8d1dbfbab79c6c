CREATE SCHEMA bench;
-- a number from 0 to below n, the same for the same row and purpose
CREATE FUNCTION bench.num(purpose int, r bigint, n int) RETURNS int LANGUAGE sql IMMUTABLE AS
'SELECT ((hashint8extended(r, purpose) & 9007199254740991) % n)::int';
CREATE FUNCTION bench.one_of(purpose int, r bigint, VARIADIC list text[]) RETURNS text LANGUAGE sql IMMUTABLE AS
'SELECT list[1 + bench.num(purpose, r, cardinality(list))]';
CREATE FUNCTION bench.customers() RETURNS bigint LANGUAGE sql AS
'SELECT current_setting(''bench.customers'')::bigint';
-- the parent of each of n rows: every customer as often, none beside itself
CREATE FUNCTION bench.rows(per int, OUT r bigint, OUT customer bigint, OUT nth int) RETURNS SETOF record LANGUAGE sql AS
'SELECT r, 1 + p % bench.customers(), (p / bench.customers())::int
   FROM generate_series(0, per * bench.customers() - 1) r, LATERAL (SELECT r * 1000003 % (per * bench.customers()) AS p) x';

INSERT INTO org_bench.member (name, email, status, phone, job_title)
SELECT 'Member ' || r, 'member' || r || '@bench.example', 'active', '+861055550' || 100 + r,
       bench.one_of(1, r, 'Account manager', 'Sales director', 'Support engineer', 'Consultant')
  FROM generate_series(1, 200) r;

INSERT INTO org_bench.customer (name, industry, tier, status, region, annual_revenue, employees, phone, email, street, signed_on, expires_on, health, remark, created_at)
SELECT bench.one_of(10, r, 'Amber', 'Birch', 'Coral', 'Delta', 'Ember', 'Fjord', 'Garnet', 'Heron', 'Indigo', 'Juniper') || ' '
         || bench.one_of(11, r, 'Foods', 'Logistics', 'Medical', 'Optics', 'Paper', 'Power', 'Software', 'Steel', 'Textiles', 'Trading') || ' ' || r,
       bench.one_of(12, r, 'manufacturing', 'finance', 'retail', 'energy', 'healthcare', 'education', 'logistics', 'telecom', 'construction', 'government', 'internet', 'other'),
       bench.one_of(13, r, 'a', 'b', 'c', 'd'),
       bench.one_of(14, r, 'active', 'active', 'active', 'prospect', 'paused', 'lost'),
       bench.one_of(15, r, 'north', 'northeast', 'east', 'central', 'south', 'southwest', 'northwest', 'overseas'),
       round((1000000 + bench.num(16, r, 900000000))::numeric / 100, 2), 10 + bench.num(17, r, 50000),
       '+86 21 ' || lpad(bench.num(18, r, 100000000)::text, 8, '0'), 'contact' || r || '@customer.example',
       1 + bench.num(19, r, 999) || ' ' || bench.one_of(20, r, 'Harbour Road', 'Garden Street', 'Station Avenue', 'Lake Drive') || ', District ' || 1 + bench.num(21, r, 16),
       date '2022-01-01' + bench.num(22, r, 1200), date '2025-06-01' + bench.num(23, r, 1200), bench.num(24, r, 101),
       'Wants a review every quarter; problems go to the regional office first, code ' || lpad(bench.num(25, r, 1000000)::text, 6, '0') || '.',
       timestamptz '2024-01-01 00:00+00' + bench.num(26, r, 60000000) * interval '1 second'
  FROM bench.rows(1);

INSERT INTO org_bench.role (customer, member, responsibility, level, duties)
SELECT customer, 2 + bench.num(30, r, 200), (ARRAY['account_manager', 'technical_support', 'after_sales', 'finance'])[1 + nth],
       bench.one_of(31, r, 'r', 'a', 'c', 'i'),
       'Looks after ' || (ARRAY['contracts and renewals', 'delivery and quality', 'daily service', 'invoices and payment'])[1 + nth] || ', plan ' || bench.num(32, r, 100)
  FROM bench.rows(4);

INSERT INTO org_bench.task (customer, assignee, title, kind, status, priority, due_on, progress)
SELECT customer, 2 + bench.num(40, r, 200),
       bench.one_of(41, r, 'Prepare offer', 'Renew contract', 'Visit site', 'Quarterly review', 'Mend delivery', 'Collect payment', 'Train users') || ' #' || r,
       bench.one_of(42, r, 'visit', 'training', 'review', 'delivery', 'collection'),
       bench.one_of(43, r, 'open', 'open', 'doing', 'done', 'done', 'cancelled'), bench.one_of(44, r, 'low', 'normal', 'high', 'urgent'),
       date '2026-01-01' + bench.num(45, r, 540), bench.num(46, r, 101)
  FROM bench.rows(10);

INSERT INTO org_bench.feedback (customer, member, channel, rating, content, occurred_at)
SELECT customer, 2 + bench.num(50, r, 200), bench.one_of(51, r, 'email', 'phone', 'visit', 'chat', 'survey'), 1 + bench.num(52, r, 5),
       'Spoke about ' || bench.one_of(53, r, 'prices', 'delivery times', 'a new site', 'training', 'quality', 'an invoice') || '; again in ' || 1 + bench.num(54, r, 30) || ' days',
       timestamptz '2025-01-01 00:00+00' + bench.num(55, r, 58000000) * interval '1 second'
  FROM bench.rows(5);

REINDEX TABLE org_bench.customer;
REINDEX TABLE org_bench.task;
REINDEX TABLE org_bench.feedback;
VACUUM ANALYZE org_bench.member;
VACUUM ANALYZE org_bench.customer;
VACUUM ANALYZE org_bench.role;
VACUUM ANALYZE org_bench.task;
VACUUM ANALYZE org_bench.feedback
