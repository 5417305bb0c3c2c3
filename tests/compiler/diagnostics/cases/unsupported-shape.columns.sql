-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, max(columns(*)) as most
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
