select user_id, random() as x from {payments}
select user_id, list_transform([amount], lambda y: y + random()) as x from {payments}
select user_id, list_transform([amount], y -> y + random()) as x from {payments}
select user_id, [y + random() for y in [amount]] as x from {payments}
select user_id, uuid() as x from {payments}
select user_id, gen_random_uuid() as x from {payments}
select user_id, now() as x from {payments}
select user_id, current_date as x from {payments}
select user_id, today() as x from {payments}
select user_id, localtimestamp as x from {payments}
select user_id, get_current_timestamp() as x from {payments}
select user_id, age(paid_at) as x from {payments}
select user_id, current_setting('threads') as x from {payments}
select user_id, getenv('HOME') as x from {payments}
select user_id, getvariable('x') as x from {payments}
select user_id, nextval('x') as x from {payments}
select user_id, txid_current() as x from {payments}
select user_id, session_user as x from {payments}
select user_id, version() as x from {payments}
select user_id, amount from {payments} where random() < 0.5
select user_id, amount from {payments} qualify row_number() over (order by paid_at, random()) = 1
select p.user_id, s.country from {payments} p left join {stores} s on s.store_id = p.store_id and random() < 0.5
with a as (select user_id, amount, random() as r from {payments}) select user_id, amount from a
with unused as (select random() as r from {payments}) select user_id, amount from {payments}
select user_id, sum(amount order by random()) as x from {payments} group by user_id
select user_id, list(amount order by random()) as x from {payments} group by user_id
select user_id, count(*) filter (where paid_at > now() - interval '1 day') as x from {payments} group by user_id
select user_id, approx_count_distinct(status) as x from {payments} group by user_id
select user_id, approx_quantile(amount, 0.5) as x from {payments} group by user_id
select user_id, approx_top_k(status, 2) as x from {payments} group by user_id
select user_id, reservoir_quantile(amount, 0.5) as x from {payments} group by user_id
select user_id, arg_max_null(status, amount) as x from {payments} group by user_id
select user_id, arg_max_null(status, amount) as x from {payments} group by user_id
select user_id, amount from {payments} p tablesample 10%
select user_id, amount from {payments} using sample 10%
select user_id, amount from (select * from {payments}) tablesample 5 rows
with a as (select user_id, amount from {payments} using sample 5) select user_id, amount from a
select user_id, {{ ['amount', 'status'] | random }} as x from {payments}
select user_id, list_aggregate([amount], 'approx_count_distinct') as x from {payments}
select user_id, list_aggr([status], 'approx_top_k') as x from {payments}
