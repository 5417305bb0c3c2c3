-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    rank() over (order by sum(amount) desc) as place
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[unsupported-shape]: a window over aggregates would compare entities with each other
  --> features/v.sql:5:5
   |
 5 |     rank() over (order by sum(amount) desc) as place
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: put the window into a CTE and aggregate its rows
