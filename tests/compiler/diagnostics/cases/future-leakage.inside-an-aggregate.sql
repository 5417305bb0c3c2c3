-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    sum(lead(amount) over (partition by user_id order by paid_at)) as total
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[future-leakage]: lead() reads a later row
  --> features/v.sql:5:9
   |
 5 |     sum(lead(amount) over (partition by user_id order by paid_at)) as total
   |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: lag() reads an earlier one
