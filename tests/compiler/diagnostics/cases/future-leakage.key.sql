-- @model
{{ config(entity='user', ttl='1 day') }}

select
    lead(user_id) over (partition by store_id order by paid_at) as user_id,
    amount
from {{ source('shop', 'payments') }}
-- @diagnostics
error[future-leakage]: lead() reads a later row
  --> features/v.sql:4:5
   |
 4 |     lead(user_id) over (partition by store_id order by paid_at) as user_id,
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: lag() reads an earlier one
