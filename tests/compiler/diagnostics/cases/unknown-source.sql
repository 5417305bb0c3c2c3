-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount
from {{ source('shop', 'payment') }}
-- @diagnostics
error[unknown-source]: there is no source 'shop.payment'
  --> features/v.sql:4:6
   |
 4 | from {{ source('shop', 'payment') }}
   |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: did you mean 'shop.payments'?
