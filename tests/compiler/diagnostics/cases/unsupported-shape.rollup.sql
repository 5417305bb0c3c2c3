-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, count(*) as n
from {{ source('shop', 'payments') }}
group by rollup (user_id)
-- @diagnostics
error[unsupported-shape]: ROLLUP groups the rows in several ways at once
  --> features/v.sql:5:18
   |
 5 | group by rollup (user_id)
   |                  ^^^^^^^
  help: write GROUP BY user_id
