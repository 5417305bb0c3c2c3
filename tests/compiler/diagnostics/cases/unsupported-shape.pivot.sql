-- @model
{{ config(entity='user', ttl='1 day') }}

select *
from {{ source('shop', 'payments') }}
pivot (sum(amount) for status in ('settled', 'declined'))
-- @diagnostics
