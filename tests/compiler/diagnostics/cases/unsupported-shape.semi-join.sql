-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount
from {{ source('shop', 'payments') }}
semi join {{ source('shop', 'stores') }} using (store_id)
-- @diagnostics
error[unsupported-shape]: SEMI JOIN is not supported in a row pipeline
  --> features/v.sql:5:11
   |
 5 | semi join {{ source('shop', 'stores') }} using (store_id)
   |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: use JOIN or LEFT JOIN
