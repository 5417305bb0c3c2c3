select user_id, count(*) filter (where paid_at > as_of() - interval '1 month') as n from {payments} group by user_id
select user_id, count(*) filter (where paid_at > as_of() - interval 1 year) as n from {payments} group by user_id
select user_id, sum(amount) over (order by paid_at range between interval '1 month' preceding and current row) as x from {payments}
