-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, s.country
from {{ source('shop', 'payments') }} as p
left join {{ source('shop', 'stores') }} as s on s.store_id = (select max(store_id) as m from {{ source('shop', 'stores') }})
-- @diagnostics
