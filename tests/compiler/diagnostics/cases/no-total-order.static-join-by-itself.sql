-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, s.country
from {{ source('shop', 'payments') }} as p
left join {{ source('shop', 'stores') }} as s on s.store_id = s.store_id
-- @diagnostics
error[no-total-order]: this join may make several rows of one, and nothing says which is the latest
  --> features/v.sql:5:11
   |
 5 | left join {{ source('shop', 'stores') }} as s on s.store_id = s.store_id
   |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: join it by its whole primary_key, which its source must declare, so that a row finds one partner
