with a as (select user_id, sum(amount) as s from {payments} group by user_id) select user_id, s from a
with a as (select user_id, sum(amount) as s from {payments} group by all) select user_id, s from a
with a as (select sum(amount) as s from {payments}) select 1 as user_id, s from a
with a as (select distinct user_id, amount from {payments}) select user_id, sum(amount) as x from a group by user_id
with a as (select distinct on (user_id) user_id, amount from {payments}) select user_id, amount from a
select distinct user_id, amount from {payments}
select distinct on (user_id) user_id, amount from {payments}
with a as (select user_id, amount from {payments} union select user_id, amount from {refunds}) select user_id, sum(amount) as x from a group by user_id
with a as (select user_id from {payments} except all select user_id from {refunds}) select user_id, count(*) as x from a group by user_id
with a as (select user_id from {payments} intersect select user_id from {refunds}) select user_id, count(*) as x from a group by user_id
with a as (select user_id, amount from {payments} union all by name select amount, user_id from {refunds}) select user_id, sum(amount) as x from a group by user_id
with a(amount, user_id) as (select user_id, amount from {payments}) select user_id, amount from a
select user_id, amount from (select amount, user_id from {payments}) as p(user_id, amount)
select user_id, amount from {payments} as p(user_id, payment_id, store_id, amount)
select user_id, (select max(amount) from {refunds}) as x from {payments}
select user_id, sum((select max(amount) from {refunds})) as x from {payments} group by user_id
select user_id, sum(amount) filter (where exists (select 1 from {refunds})) as x from {payments} group by user_id
select user_id, amount from {payments} where user_id in (select user_id from {refunds})
select user_id, amount from {payments} where amount > all (select amount from {refunds})
select user_id, amount from {payments} where exists (select 1 from {refunds})
select user_id, amount from {payments} qualify row_number() over (order by paid_at) > (select count(*) from {refunds})
select p.user_id, s.country from {payments} p left join {stores} s on s.store_id = (select max(store_id) as m from {stores})
select p.user_id, amount from {payments} p, lateral (select 1 as y) l
select p.user_id, l.y from {payments} p left join lateral (select amount as y from {refunds} r where r.user_id = p.user_id) l on true
select user_id, unnest([amount, 1]) as x from {payments}
select user_id, unnest(list(amount)) as x from {payments} group by user_id
select user_id, generate_subscripts([1, 2], 1) as x from {payments}
with a as (select user_id, unnest([1, 2]) as x from {payments}) select user_id, sum(x) as s from a group by user_id
select user_id, x from {payments} cross join unnest([1, 2]) t(x)
select user_id, x from {payments} cross join (values (1)) t(x)
select user_id, max(columns(*)) as x from {payments} group by user_id
select user_id, columns('a.*') as x from {payments}
select user_id, columns(c -> c like 'a%') from {payments}
select user_id, * like 'am%' from {payments}
select user_id, hash(p.*) as x from {payments} p
select user_id, #2 as x from {payments}
select user_id, $1 as x from {payments}
select user_id, ? as x from {payments}
select * from {payments} pivot (sum(amount) for status in ('a', 'b'))
select user_id, amount from (select * from {payments}) pivot (sum(amount) for status in ('a', 'b'))
select user_id, amount from {payments} at (version => 3)
select user_id, amount into other from {payments}
select user_id, amount from {payments} for update
select p.user_id, s.country from {payments} p positional join {stores} s
select p.user_id, s.country from {payments} p natural join {stores} s
select p.user_id, s.country from {payments} p right join {stores} s using (store_id)
select p.user_id, s.country from {payments} p full join {stores} s using (store_id)
select p.user_id, p.amount from {payments} p semi join {stores} s using (store_id)
select p.user_id, p.amount from {payments} p anti join {stores} s using (store_id)
select p.user_id, p.amount from {payments} p join ({stores} s join {rates} r using (country)) using (store_id)
select p.user_id, s.country from {payments} p asof join {stores} s on p.store_id = s.store_id and p.paid_at >= s.opened_on
select p.user_id, r.amount from {payments} p asof right join {refunds} r on p.user_id = r.user_id and p.paid_at >= r.refunded_at
select p.user_id, r.amount from {payments} p asof full join {refunds} r on p.user_id = r.user_id and p.paid_at >= r.refunded_at
select p.user_id, p.amount from {payments} p asof semi join {refunds} r on p.user_id = r.user_id and p.paid_at >= r.refunded_at
select p.user_id, p.amount from {payments} p asof anti join {refunds} r on p.user_id = r.user_id and p.paid_at >= r.refunded_at
select p.user_id, r.amount from {payments} p asof join {refunds} r using (user_id, paid_at)
select p.user_id, r.amount from {payments} p asof join {refunds} r on p.user_id = r.user_id
select p.user_id, r.amount from {payments} p asof join {refunds} r on p.user_id = r.user_id and p.amount >= r.amount
select p.user_id, r.amount from {payments} p asof join {refunds} r on p.paid_at >= r.refunded_at and p.amount >= r.amount
select p.user_id, r.amount from {payments} p asof join {refunds} r on p.paid_at >= r.refunded_at or p.user_id = r.user_id
with a as (select user_id, amount from {payments} where paid_at > as_of() - interval '1 day') select user_id, amount from a
with a as (select user_id, date_diff('day', paid_at, as_of()) as d from {payments}) select user_id, d from a
select user_id, amount from {payments} qualify row_number() over (order by paid_at) < epoch(as_of())
select user_id, amount from {payments} where {{ last('1 hour') }}
select user_id, sum(amount) over (partition by paid_at > as_of() order by paid_at) as x from {payments}
select p.user_id, s.country from {payments} p left join {stores} s on s.store_id = p.store_id and as_of() > s.opened_on
select p.user_id, s.country from {payments} p left join {stores} s on s.store_id = p.store_id and row_number() over (order by paid_at) = 1
select date_part('day', as_of()) as user_id, amount from {payments}
select count(*) as user_id, sum(amount) as x from {payments} group by all
select user_id, as_of('2026-01-01') as x from {payments}
select user_id, count(*) as n from {payments} group by user_id having count(*) > 1
select user_id, count(*) as n from {payments} group by user_id order by n
select user_id, count(*) as n from {payments} group by user_id qualify row_number() over (order by paid_at) = 1
select user_id, count(*) as n from {payments} group by user_id qualify count(*) > 3
select user_id, count(*) as n from {payments} group by rollup (user_id)
select user_id, count(*) as n from {payments} group by cube (user_id)
select user_id, count(*) as n from {payments} group by grouping sets ((user_id), ())
select user_id, count(*) filter (where amount > avg(amount)) as n from {payments} group by user_id
select user_id, sum(count(*)) as n from {payments} group by user_id
select user_id, count(*) as n from {payments} where amount > avg(amount) group by user_id
select user_id, rank() over (order by count(*)) as n from {payments} group by user_id
select user_id, sum(lag(amount) over (order by paid_at)) as x from {payments} where {{ last('1 hour') }} group by user_id
select user_id, status, count(*) as n from {payments} group by all
select user_id, count(*) filter (where paid_at between symmetric as_of() - interval '1 hour' and as_of() - interval '2 hours') as n from {payments} group by user_id
select user_id, list(amount order by amount limit 1) as x from {payments} group by user_id
select user_id, quantile_cont(amount, 0.5) within group (order by amount) as x from {payments} group by user_id
select user_id, first_value(status order by amount) over (order by paid_at) as x from {payments}
select user_id, arg_max(status, amount, 2) as x from {payments} group by user_id
with recursive a as (select user_id, amount from {payments} union all select user_id, amount from a) select user_id, amount from a
select user_id, amount from {payments} union all select user_id, amount from {refunds}
select user_id, amount from {{ ref('w') }}
with a as (select * from {{ request() }}) select user_id from a
insert into x select user_id, amount from {payments}
select user_id, amount from {payments}; drop table x
select user_id from {payments}
select user_id, date_diff('day', paid_at, as_of()) as d from {payments} qualify row_number() over (order by paid_at) > d
select user_id, amount from ({payments}) as p
select user_id, arg_max(status, amount order by paid_at) as x from {payments} group by user_id
select user_id, ~user_id - 1 as x from {payments}
select user_id, 2 ^ ~user_id as x from {payments}
select user_id, -~user_id * 2 as x from {payments}
