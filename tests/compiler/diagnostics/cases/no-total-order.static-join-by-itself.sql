-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, s.country
from {{ source('shop', 'payments') }} as p
left join {{ source('shop', 'stores') }} as s on s.store_id = s.store_id
-- @diagnostics
error[no-total-order]: of two rows with one event time, nothing says which is the latest
  --> features/v.sql:4:6
   |
 4 | from {{ source('shop', 'payments') }} as p
   |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: join the static source by its whole primary_key, so that a row finds at most one partner
