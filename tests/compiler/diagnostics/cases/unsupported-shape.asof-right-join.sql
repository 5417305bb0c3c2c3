-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, r.amount
from {{ source('shop', 'payments') }} as p
asof right join {{ source('shop', 'refunds') }} as r on p.user_id = r.user_id and p.paid_at >= r.refunded_at
-- @diagnostics
