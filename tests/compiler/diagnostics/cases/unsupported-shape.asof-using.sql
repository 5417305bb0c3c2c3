-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, r.amount as refund
from {{ source('shop', 'payments') }} as p
asof left join {{ source('shop', 'refunds') }} as r using (user_id)
-- @diagnostics
