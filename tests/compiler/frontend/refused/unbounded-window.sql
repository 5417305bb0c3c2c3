select user_id, count(*) as n from {payments} group by user_id
select user_id, count(*) filter (where status = 'a') as n from {payments} group by user_id
select user_id, count(*) filter (where paid_at < as_of() - interval '1 hour') as n from {payments} group by user_id
select user_id, count(*) filter (where {{ last('1 hour') }} or status = 'a') as n from {payments} group by user_id
select user_id, count(*) filter (where not {{ last('1 hour') }}) as n from {payments} group by user_id
select user_id, count(*) as n from {payments} where {{ last('1 hour') }} or status = 'a' group by user_id
select user_id, count(*) filter (where {{ last('1 hour') }}) / count(*) as n from {payments} group by user_id
select user_id, count(*) filter (where as_of() - paid_at < interval '1 hour') as n from {payments} group by user_id
with a as (select user_id, paid_at + interval '1 day' as paid_at from {payments}) select user_id, count(*) filter (where paid_at > as_of() - interval '1 hour') as n from a group by user_id
