-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, {{ 'amount' | uper }} as amount
from {{ source('shop', 'payments') }}
-- @diagnostics
error[template-error]: the template cannot be read: no filter named 'uper'
  --> features/v.sql:3:17
   |
 3 | select user_id, {{ 'amount' | uper }} as amount
   |                 ^^^^^^^^^^^^^^^^^^^^^
  help: did you mean 'upper'?
