select user_id, amount from {payments} limit 1
select user_id, amount from {payments} offset 1
select user_id, amount from {payments} fetch first 3 rows only
(select user_id, amount from {payments}) limit 1
with a as (select * from {payments} limit 1) select user_id, amount from a
with a as ((select * from {payments}) limit 1) select user_id, amount from a
with payments as (select * from {payments} limit 1) select user_id, amount from payments
select user_id, amount from (select * from (select * from {payments} limit 1))
with a as ((select user_id, amount from {payments} limit 1) union all select user_id, amount from {refunds}) select user_id, sum(amount) as x from a group by user_id
with a as (select user_id, amount from {payments} union all select user_id, amount from {refunds} limit 1) select user_id, sum(amount) as x from a group by user_id
with unused as (select * from {payments} limit 1) select user_id, amount from {payments}
select user_id, amount from {payments} {{ cut() }}
