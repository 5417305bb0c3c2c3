-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, s.country
from {{ source('shop', 'payments') }} as p
left join {{ source('shop', 'stores') }} as s on p.store_id = s.store_id and s.opened_on < {{ as_of() }}
-- @diagnostics
