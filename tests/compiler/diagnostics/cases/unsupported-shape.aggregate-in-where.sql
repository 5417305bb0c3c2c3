-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, count(*) as n
from {{ source('shop', 'payments') }}
where amount > avg(amount)
group by user_id
-- @diagnostics
