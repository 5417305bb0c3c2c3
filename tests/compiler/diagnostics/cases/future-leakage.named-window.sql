-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, sum(amount) over w as rest
from {{ source('shop', 'payments') }}
window w as (partition by user_id order by paid_at rows between current row and unbounded following)
-- @diagnostics
error[future-leakage]: this frame reads rows after the current one
  --> features/v.sql:3:17
   |
 3 | select user_id, sum(amount) over w as rest
   |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: end the frame at CURRENT ROW or at ... PRECEDING
