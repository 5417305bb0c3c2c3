-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, s.country
from {{ source('shop', 'payments') }} as p
right join {{ source('shop', 'stores') }} as s using (store_id)
-- @diagnostics
