-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount
from {{ source('shop', 'payments') }}
semi join {{ source('shop', 'stores') }} using (store_id)
-- @diagnostics
