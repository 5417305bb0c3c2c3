-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount
from {{ source('shop', 'payments') }}
where user_id in (select user_id from {{ source('shop', 'refunds') }})
-- @diagnostics
