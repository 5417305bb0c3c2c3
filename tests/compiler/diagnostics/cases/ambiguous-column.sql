-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, store_id, country
from {{ source('shop', 'payments') }} as p
left join {{ source('shop', 'stores') }} as s on p.store_id = s.store_id
-- @diagnostics
error[ambiguous-column]: 'store_id' could be a column of p or s
  --> features/v.sql:3:17
   |
 3 | select user_id, store_id, country
   |                 ^^^^^^^^
  help: write p.store_id or s.store_id
