select 1 as user_id, country from {stores}
with a as (select user_id, store_id from {payments} union all select 1, store_id from {stores}) select user_id, store_id from a
with s as (select *, row_number() over (order by store_id) as n from {stores}) select user_id, n from {payments} join s using (store_id)
