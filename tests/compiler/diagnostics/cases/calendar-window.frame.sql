-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    sum(amount) over (partition by user_id order by paid_at range between interval '1 month' preceding and current row) as total
from {{ source('shop', 'payments') }}
-- @diagnostics
error[calendar-window]: the length of a month, quarter or year changes, so a frame cannot have it
  --> features/v.sql:5:5
   |
 5 |     sum(amount) over (partition by user_id order by paid_at range between interval '1 month' preceding and current row) as total
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: write INTERVAL '30 days'
