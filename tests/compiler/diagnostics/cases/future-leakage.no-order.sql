-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    amount / sum(amount) over (partition by user_id) as share
from {{ source('shop', 'payments') }}
-- @diagnostics
error[future-leakage]: a window without ORDER BY reads its whole partition, which includes later rows
  --> features/v.sql:5:14
   |
 5 |     amount / sum(amount) over (partition by user_id) as share
   |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: write ORDER BY paid_at in the window
