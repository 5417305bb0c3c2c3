-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    sum(lag(amount) over (partition by user_id order by paid_at)) as total
from {{ source('shop', 'payments') }}
where {{ last('1 hour') }}
group by user_id
-- @diagnostics
error[unsupported-shape]: the rows of this window would depend on as_of() in WHERE
  --> features/v.sql:5:9
   |
 5 |     sum(lag(amount) over (partition by user_id order by paid_at)) as total
   |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: compute the window in a CTE, or move the condition into FILTER (WHERE ...)
