-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, r.amount as refund
from {{ source('shop', 'payments') }} as p
asof left join {{ source('shop', 'refunds') }} as r on p.user_id = r.user_id and p.amount >= r.amount
-- @diagnostics
