-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, s.country
from {{ source('shop', 'stores') }} as s
left join {{ source('shop', 'payments') }} as p using (store_id)
-- @diagnostics
error[unsupported-shape]: a static source comes first and a timed one is joined to it
  --> features/v.sql:5:11
   |
 5 | left join {{ source('shop', 'payments') }} as p using (store_id)
   |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: start with the timed one: from p left join ...
