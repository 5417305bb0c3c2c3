-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, s.country
from {{ source('shop', 'payments') }} as p
right join {{ source('shop', 'stores') }} as s using (store_id)
-- @diagnostics
error[unsupported-shape]: RIGHT JOIN is not supported in a row pipeline
  --> features/v.sql:5:12
   |
 5 | right join {{ source('shop', 'stores') }} as s using (store_id)
   |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: use JOIN or LEFT JOIN
