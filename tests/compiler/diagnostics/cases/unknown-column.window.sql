-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, sum(amount) over w as total
from {{ source('shop', 'payments') }}
-- @diagnostics
