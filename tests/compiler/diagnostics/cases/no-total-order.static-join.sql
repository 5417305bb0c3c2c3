-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, r.rate
from {{ source('shop', 'payments') }} as p
left join {{ source('shop', 'stores') }} as s using (store_id)
left join {{ source('shop', 'rates') }} as r using (country)
-- @diagnostics
error[no-total-order]: this join may make several rows of one, and nothing says which is the latest
  --> features/v.sql:6:11
   |
 6 | left join {{ source('shop', 'rates') }} as r using (country)
   |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: join it by its whole primary_key, which its source must declare, so that a row finds one partner
