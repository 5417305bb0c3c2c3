-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, s.amount
from {{ source('shop', 'payments') }} as p
left join {{ source('shop', 'stores') }} as s using (store_id)
-- @diagnostics
error[unknown-column]: 's' has no column 'amount'
  --> features/v.sql:3:19
   |
 3 | select p.user_id, s.amount
   |                   ^^^^^^^^
  help: did you mean 'country'?
