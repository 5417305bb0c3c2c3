select user_id, lead(amount) over (partition by user_id order by paid_at) as x from {payments}
select user_id, lag(amount, -1) over (partition by user_id order by paid_at) as x from {payments}
select user_id, lag(amount, 1 - 2) over (partition by user_id order by paid_at) as x from {payments}
select user_id, lag(amount, amount::int) over (partition by user_id order by paid_at) as x from {payments}
select user_id, lag(amount, -1) ignore nulls over (partition by user_id order by paid_at) as x from {payments}
select user_id, fill(amount) over (partition by user_id order by paid_at) as x from {payments}
select user_id, cume_dist() over (partition by user_id order by paid_at) as x from {payments}
select user_id, ntile(2) over (partition by user_id order by paid_at) as x from {payments}
select user_id, percent_rank() over (partition by user_id order by paid_at) as x from {payments}
select user_id, sum(amount) over (partition by user_id) as x from {payments}
select user_id, sum(amount) over () as x from {payments}
select user_id, sum(amount) over (order by amount) as x from {payments}
select user_id, sum(amount) over (order by amount, paid_at) as x from {payments}
select user_id, sum(amount) over (order by paid_at desc) as x from {payments}
select user_id, sum(amount) over (order by -epoch(paid_at)) as x from {payments}
select user_id, sum(amount) over (order by paid_at + interval '1 hour') as x from {payments}
select user_id, sum(amount) over (order by paid_at rows between 1 preceding and 1 following) as x from {payments}
select user_id, sum(amount) over (order by paid_at rows between current row and 1 following) as x from {payments}
select user_id, sum(amount) over (order by paid_at rows between 2 following and 3 following) as x from {payments}
select user_id, sum(amount) over (order by paid_at rows between unbounded preceding and -1 preceding) as x from {payments}
select user_id, sum(amount) over (order by paid_at range between '1 day' preceding and '1 day' following) as x from {payments}
select user_id, sum(amount) over (order by paid_at groups between 1 preceding and 1 following) as x from {payments}
select user_id, last_value(amount) over (order by paid_at rows between 1 preceding and unbounded following) as x from {payments}
select user_id, sum(amount) filter (where amount > 1) over (partition by user_id) as x from {payments}
select user_id, first_value(amount ignore nulls) over (order by paid_at desc) as x from {payments}
select user_id, sum(amount) over w as x from {payments} window w as (partition by user_id)
select user_id, sum(amount) over w as x from {payments} window w as (order by paid_at rows between current row and 1 following)
select user_id, sum(amount) over w2 as x from {payments} window w as (order by paid_at desc), w2 as (w)
select user_id, sum(amount) over (w rows between 1 preceding and 1 following) as x from {payments} window w as (order by paid_at)
select user_id, amount from {payments} qualify row_number() over (partition by user_id order by paid_at desc) = 1
select user_id, amount from {payments} qualify lead(amount) over (partition by user_id order by paid_at) is null
with a as (select user_id, amount, lead(amount) over (order by paid_at) as n from {payments}) select user_id, amount from a
select user_id, sum(lead(amount) over (order by paid_at)) as x from {payments} group by user_id
select user_id, sum(amount) filter (where lead(amount) over (order by paid_at) > 1) as x from {payments} group by user_id
select lead(user_id) over (partition by store_id order by paid_at) as user_id, amount from {payments}
select lead(user_id) over (partition by store_id order by paid_at) as user_id, sum(amount) as x from {payments} group by 1
with a as (select user_id, paid_at + interval '1 day' as paid_at, amount from {payments}) select user_id, sum(amount) over (order by paid_at) as x from a
with a as (select user_id, amount as event_time from {payments}) select user_id, sum(event_time) over (order by event_time) as x from a
select p.user_id, r.amount as x from {payments} p asof join {refunds} r on p.user_id = r.user_id and p.paid_at <= r.refunded_at
select p.user_id, r.amount as x from {payments} p asof join {refunds} r on p.user_id = r.user_id and r.refunded_at > p.paid_at
select p.user_id, r.amount as x from {payments} p asof left join {refunds} r on p.user_id = r.user_id and r.refunded_at >= p.paid_at
select user_id, count(*) filter (where paid_at >= as_of()) as n from {payments} group by user_id
select user_id, count(*) filter (where event_time() > as_of()) as n from {payments} group by user_id
select user_id, count(*) filter (where as_of() < paid_at) as n from {payments} group by user_id
select user_id, count(*) filter (where paid_at > as_of() + interval '1 hour') as n from {payments} group by user_id
select user_id, count(*) filter (where paid_at between as_of() and as_of() + interval '1 hour') as n from {payments} group by user_id
select user_id, count(*) as n from {payments} where paid_at > as_of() group by user_id
