-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, s.country
from {{ source('shop', 'stores') }} as s
left join {{ source('shop', 'payments') }} as p using (store_id)
-- @diagnostics
