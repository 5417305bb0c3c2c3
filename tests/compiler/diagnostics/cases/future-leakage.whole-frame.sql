-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    last_value(amount) over (partition by user_id order by paid_at rows between unbounded preceding and unbounded following) as newest
from {{ source('shop', 'payments') }}
-- @diagnostics
error[future-leakage]: this frame reads rows after the current one
  --> features/v.sql:5:5
   |
 5 |     last_value(amount) over (partition by user_id order by paid_at rows between unbounded preceding and unbounded following) as newest
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: end the frame at CURRENT ROW or at ... PRECEDING
