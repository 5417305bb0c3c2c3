-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    lag(amount, -1) over (partition by user_id order by paid_at) as next_amount,
    sum(amount) over (partition by user_id order by paid_at rows between unbounded preceding and -1 preceding) as more
from {{ source('shop', 'payments') }}
-- @diagnostics
error[future-leakage]: lag() by an offset that may be negative would read a later row
  --> features/v.sql:5:5
   |
 5 |     lag(amount, -1) over (partition by user_id order by paid_at) as next_amount,
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: write the offset as a whole number: lag(x, 2)

error[future-leakage]: a negative number of rows PRECEDING would be rows after the current one
  --> features/v.sql:6:5
   |
 6 |     sum(amount) over (partition by user_id order by paid_at rows between unbounded preceding and -1 preceding) as more
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: write a whole number or an interval, such as 3 or INTERVAL '1 hour'
