-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, age(paid_at) as age, age(as_of(), paid_at) as fine
from {{ source('shop', 'payments') }}
-- @diagnostics
error[nondeterministic-function]: age() differs between training and serving
  --> features/v.sql:3:17
   |
 3 | select user_id, age(paid_at) as age, age(as_of(), paid_at) as fine
   |                 ^^^^^^^^^^^^
  help: write age(as_of(), x)
