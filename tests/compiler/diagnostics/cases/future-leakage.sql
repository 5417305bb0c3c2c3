-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    lead(amount) over (partition by user_id order by paid_at) as next_amount
from {{ source('shop', 'payments') }}
-- @diagnostics
error[future-leakage]: lead() reads a later row
  --> features/v.sql:5:5
   |
 5 |     lead(amount) over (partition by user_id order by paid_at) as next_amount
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: lag() reads an earlier one
