-- latest, 1 day: VARCHAR VARCHAR DOUBLE VARCHAR TIMESTAMP
select * from {payments}

-- latest, 1 day: VARCHAR VARCHAR DOUBLE VARCHAR TIMESTAMP
from {payments}

-- latest, 1 day: DOUBLE
from {payments} select user_id, amount

-- latest, 1 day: DOUBLE
select user_id, x: amount from {payments}

-- latest, 1 day: VARCHAR DOUBLE VARCHAR TIMESTAMP VARCHAR
select p.* exclude (payment_id), s.country from {payments} p left join {stores} s using (store_id)

-- latest, 1 day: DOUBLE
select user_id, amount from (select user_id, amount from {payments} where amount > 0)

-- latest, 1 day: DOUBLE
select user_id, amount from (select * from {payments}) as p where p.amount > 1;

-- latest, 1 day: DOUBLE
with a as materialized (select * from {payments}) select user_id, amount from a -- end

-- latest, 1 day: INTEGER BOOLEAN DATE DOUBLE[] INTEGER VARCHAR DECIMAL(12,2) FLOAT
select user_id, amount::integer as i, amount > 1 as b, paid_at::date as d, [amount] as l, 1 as one, null as n,
amount::decimal(12, 2) as m, amount::float as f from {payments}

-- aggregate, 1 day: BIGINT
select user_id, count(*) as n from {payments} group by all

-- aggregate, 1 day: BIGINT
select user_id, count(*) as n from {payments} group by 1

-- aggregate, 1 day: BIGINT
select user_id, count() as n from {payments} group by (user_id)

-- aggregate, 1 day: BIGINT
select user_id + 0 as user_id, count(*) as n from {payments} group by user_id + 0

-- aggregate, 1 day: BIGINT
select p.user_id, count(*) as n from {payments} p group by user_id

-- aggregate, 1 day: DOUBLE
select user_id, sum(amount) filter (status = 'a') as s from {payments} group by user_id

-- aggregate, 2 days: BIGINT DOUBLE
select user_id, count(*) filter (where {{ last('2 days') }}) as n, sum(amount) as s from {payments} group by
user_id

-- aggregate, 90 minutes: BIGINT
select user_id, count(*) filter (where as_of() - interval '90 minutes' < paid_at) as n from {payments} group
by user_id

-- aggregate, 7 days: BIGINT
select user_id, count(*) filter (where event_time() >= as_of() - interval 7 day) as n from {payments} group by
user_id

-- aggregate, 1 hour: BIGINT
select user_id, count(*) filter (where {{ last('3 hours') }}) as n from {payments} where {{ last('1 hour') }}
group by 1

-- aggregate, 1 hour: DOUBLE
with a as (select user_id, paid_at as t, amount from {payments}) select user_id, sum(amount) filter (where t
>= as_of() - interval '1 hour') as s from a group by user_id

-- aggregate, 1 day: DOUBLE DOUBLE
with a as (select user_id, amount, amount as b from {payments} union all select user_id, score, 1 from
{reports}) select user_id, sum(b) as s, last(amount) as l from a group by user_id

-- latest, 1 day: VARCHAR
select p.user_id, s.c from {payments} p left join (select store_id, upper(country) as c from {stores}) s on
(s.store_id = p.store_id and s.c <> 'X')

-- aggregate, 1 day: DOUBLE DOUBLE DOUBLE[]
select user_id, quantile_cont(amount, 0.5) as q, stddev_samp(amount) as d, max(amount, 2) as top from
{payments} group by user_id

-- latest, 1 day: BOOLEAN
select user_id, age(as_of(), paid_at) > interval '1 hour' as old from {payments}
