-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, r.rate
from {{ source('shop', 'payments') }} as p
left join {{ source('shop', 'stores') }} as s using (store_id)
left join {{ source('shop', 'rates') }} as r using (country)
-- @diagnostics
error[no-total-order]: of two rows with one event time, nothing says which is the latest
  --> features/v.sql:4:6
   |
 4 | from {{ source('shop', 'payments') }} as p
   |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: join the static source by its whole primary_key, so that a row finds at most one partner
