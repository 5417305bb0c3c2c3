select user_id, device from {logins}
select user_id, last(device) as x from {logins} group by user_id
select user_id, first(device) filter (where device <> 'x') as x from {logins} group by user_id
select user_id, list(device)[1] as x from {logins} group by user_id
select user_id, any_value(device) as x from {logins} group by user_id
select user_id, arg_max(device, logged_in_at) as x from {logins} group by user_id
select user_id, string_agg(device, ',') as x from {logins} group by user_id
select user_id, list(distinct status) as x from {payments} group by user_id
select user_id, list(distinct status)[1] as x from {payments} group by user_id
select user_id, string_agg(distinct status, ',') as x from {payments} group by user_id
select user_id, list(distinct status order by amount) as x from {payments} group by user_id
with u as (select user_id, device from {logins} union all select user_id, status from {payments}) select user_id, first(device) as x from u group by user_id
with u as (select user_id, device from {logins} union all select user_id, status from {payments}) select user_id, device from u
select user_id, lag(device) over (partition by user_id order by logged_in_at) as x, 1 as y from {logins}
with a as (select user_id, row_number() over (order by logged_in_at) as n from {logins}) select user_id, max(n) as x from a group by user_id
with a as (select user_id, count(*) over (order by logged_in_at rows 3 preceding) as n from {logins}) select user_id, max(n) as x from a group by user_id
select p.user_id, q.device from {payments} p asof join {logins} q on p.user_id = q.user_id and p.paid_at >= q.logged_in_at
select p.user_id, rate from {payments} p left join {stores} s using (store_id) left join {rates} r using (country)
select p.user_id, s.country from {payments} p cross join {stores} s
select p.user_id, s.country from {payments} p, {stores} s where s.store_id = p.store_id
select p.user_id, s.country from {payments} p left join {stores} s on s.store_id = s.store_id
select p.user_id, s.country from {payments} p left join {stores} s on s.store_id = p.store_id or s.country = 'x'
select p.user_id, s.country from {payments} p left join {stores} s on s.store_id > p.store_id
select p.user_id, s.country from {payments} p left join {stores} s on lower(s.store_id) = p.store_id
select p.user_id, last(s.country) as x from {payments} p cross join {stores} s group by 1
with a as (select p.user_id, rate, row_number() over (order by paid_at) as n from {payments} p cross join {rates}) select user_id, sum(n * rate) as x from a group by user_id
with s as (select country as store_id, opened_on from {stores}) select p.user_id, s.opened_on from {payments} p left join s using (store_id)
with s as (select a.store_id, r.rate from {stores} a join {rates} r using (country)) select p.user_id, s.rate from {payments} p left join s using (store_id)
select user_id, first_value(amount) over (order by paid_at range between interval '1 hour' preceding and current row) as x from {payments}
select user_id, mode(store_id) over (partition by user_id order by paid_at rows 3 preceding) as x from {payments}
select user_id, mode(device) as x from {logins} group by user_id
