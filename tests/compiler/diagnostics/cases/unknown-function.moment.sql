-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, date_diff('day', paid_at, as_off()) as days
from {{ source('shop', 'payments') }}
-- @diagnostics
error[unknown-function]: there is no function 'as_off'
  --> features/v.sql:3:43
   |
 3 | select user_id, date_diff('day', paid_at, as_off()) as days
   |                                           ^^^^^^^^
  help: did you mean 'as_of'?
