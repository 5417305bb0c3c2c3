-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    amunt,
    colour
from {{ source('shop', 'payments') }}
-- @diagnostics
error[unknown-column]: there is no column 'amunt'
  --> features/v.sql:5:5
   |
 5 |     amunt,
   |     ^^^^^
  help: did you mean 'amount'?

error[unknown-column]: there is no column 'colour'
  --> features/v.sql:6:5
   |
 6 |     colour
   |     ^^^^^^
  help: columns here: payment_id, user_id, store_id, amount, status, paid_at
