-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, percentile_cont(0.5) within group (order by amount) as middle
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[unsupported-shape]: WITHIN GROUP is not supported
  --> features/v.sql:3:17
   |
 3 | select user_id, percentile_cont(0.5) within group (order by amount) as middle
   |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: write quantile_cont(x, 0.5) or median(x)
