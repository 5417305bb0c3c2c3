select user_id, amount from read_parquet('x.parquet')
select user_id, amount from 'x.parquet'
select user_id, amount from payments
select user_id, amount from main.payments
select user_id, amount from information_schema.tables
select user_id, x from {payments} cross join range(3) t(x)
select user_id, x from {payments} cross join generate_series(1, 3) t(x)
select user_id, x from {payments} cross join query('select 1 as x')
with a as (select * from a) select user_id, amount from a
