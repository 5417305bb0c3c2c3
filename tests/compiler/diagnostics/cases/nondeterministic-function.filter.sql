-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount > {{ [1, 2] | random }} as is_large
from {{ source('shop', 'payments') }}
-- @diagnostics
error[nondeterministic-function]: the filter 'random' gives another text each time the model is compiled
  --> features/v.sql:3:26
   |
 3 | select user_id, amount > {{ [1, 2] | random }} as is_large
   |                          ^^^^^^^^^^^^^^^^^^^^^
  help: choose one, or read it with var()
