-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, status, count(*) as n
from {{ source('shop', 'payments') }}
group by all
-- @diagnostics
