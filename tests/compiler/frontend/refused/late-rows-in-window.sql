select user_id, lag(score) over (partition by user_id order by happened_at) as x from {reports}
select user_id, lag(page) over (partition by user_id order by visited_at) as x from {visits}
select user_id, page from {visits} qualify row_number() over (partition by user_id order by visited_at) = 1
with a as (select user_id, count(*) over (order by visited_at) as n from {visits}) select user_id, max(n) as x from a group by user_id
with a as (select user_id, amount from {payments} union all select user_id, score from {reports}) select user_id, sum(amount) over (order by event_time()) as x from a
