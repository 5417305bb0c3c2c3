-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, r.amount
from {{ source('shop', 'payments') }} as p, {{ source('shop', 'refunds') }} as r
where p.user_id = r.user_id
-- @diagnostics
