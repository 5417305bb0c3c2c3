-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    avg(amount) over (partition by user_id order by paid_at rows between 1 preceding and 1 following) as around
from {{ source('shop', 'payments') }}
-- @diagnostics
error[future-leakage]: this frame reads rows after the current one
  --> features/v.sql:5:5
   |
 5 |     avg(amount) over (partition by user_id order by paid_at rows between 1 preceding and 1 following) as around
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: end the frame at CURRENT ROW or at ... PRECEDING
