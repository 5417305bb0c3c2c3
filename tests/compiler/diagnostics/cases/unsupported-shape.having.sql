-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, count(*) as n
from {{ source('shop', 'payments') }}
group by user_id
having count(*) > 3
-- @diagnostics
