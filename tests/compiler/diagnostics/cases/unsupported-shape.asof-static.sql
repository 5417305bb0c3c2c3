-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, s.country
from {{ source('shop', 'payments') }} as p
asof left join {{ source('shop', 'stores') }} as s on p.store_id = s.store_id and p.paid_at >= s.opened_on
-- @diagnostics
