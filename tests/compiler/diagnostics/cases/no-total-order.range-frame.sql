-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    first_value(amount) over (partition by user_id order by paid_at range between interval '1 hour' preceding and current row) as first_in_hour
from {{ source('shop', 'payments') }}
-- @diagnostics
error[no-total-order]: in a RANGE frame, rows of equal event time have no order, so the value would be a coin toss
  --> features/v.sql:5:5
   |
 5 |     first_value(amount) over (partition by user_id order by paid_at range between interval '1 hour' preceding and current row) as first_in_hour
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: write the frame in ROWS, or take first() and last() with a window in an aggregate view
