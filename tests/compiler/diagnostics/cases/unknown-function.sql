-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, lowr(status) as status, frobnicate(amount) as amount
from {{ source('shop', 'payments') }}
-- @diagnostics
error[unknown-function]: there is no function 'lowr'
  --> features/v.sql:3:17
   |
 3 | select user_id, lowr(status) as status, frobnicate(amount) as amount
   |                 ^^^^^^^^^^^^
  help: did you mean 'lower'?

error[unknown-function]: there is no function 'frobnicate'
  --> features/v.sql:3:41
   |
 3 | select user_id, lowr(status) as status, frobnicate(amount) as amount
   |                                         ^^^^^^^^^^^^^^^^^^
  help: models are written in DuckDB's dialect, with its functions
