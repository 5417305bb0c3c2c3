select p.user_id, r.amount from {payments} p join {refunds} r using (user_id)
select p.user_id, r.amount from {payments} p left join {refunds} r on r.user_id = p.user_id and r.refunded_at < p.paid_at
select p.user_id, r.amount from {payments} p, {refunds} r
select p.user_id, q.amount from {payments} p join {payments} q using (user_id)
select p.user_id, q.amount from {payments} p join (select user_id, amount from {refunds}) q using (user_id)
with q as (select user_id, amount from {refunds}) select p.user_id, q.amount from {payments} p left join q using (user_id)
select p.user_id, p.amount from {payments} p anti join {refunds} r using (user_id)
select p.user_id, p.amount from {payments} p semi join {refunds} r using (user_id)
select s.country, p.user_id, r.amount from {payments} p left join {stores} s using (store_id) join {refunds} r using (user_id)
