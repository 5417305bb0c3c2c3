select user_id, count(*) as n from {payments}
select user_id, count(*) as n from {payments} group by user_id, status
select user_id, count(*) as n from {payments} group by user_id, date_trunc('day', paid_at)
select user_id, count(*) as n from {payments} group by status
