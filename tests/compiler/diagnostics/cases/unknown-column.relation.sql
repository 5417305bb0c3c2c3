-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, q.amount
from {{ source('shop', 'payments') }} as p
-- @diagnostics
error[unknown-column]: no relation here is called 'q'
  --> features/v.sql:3:19
   |
 3 | select p.user_id, q.amount
   |                   ^^^^^^^^
  help: relations in this FROM: p
