-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, q.amount
from {{ source('shop', 'payments') }} as p
-- @diagnostics
