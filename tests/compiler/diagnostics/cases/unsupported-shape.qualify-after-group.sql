-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, count(*) as n
from {{ source('shop', 'payments') }}
group by user_id
qualify row_number() over (partition by user_id order by paid_at) = 1
-- @diagnostics
error[unsupported-shape]: QUALIFY after GROUP BY would choose between entities
  --> features/v.sql:6:9
   |
 6 | qualify row_number() over (partition by user_id order by paid_at) = 1
   |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: to choose rows, put QUALIFY into a CTE and aggregate its rows
