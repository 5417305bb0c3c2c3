-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, list_aggregate([amount], 'approx_count_distinct') as n
from {{ source('shop', 'payments') }}
-- @diagnostics
error[nondeterministic-function]: approx_count_distinct() is approximate, and no two engines agree on it
  --> features/v.sql:3:17
   |
 3 | select user_id, list_aggregate([amount], 'approx_count_distinct') as n
   |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: use an exact aggregate: count(distinct x), quantile_cont(x, 0.5)
