-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, count(*)
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
