-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, date_diff('day', paid_at, asof()) as days
from {{ source('shop', 'payments') }}
-- @diagnostics
