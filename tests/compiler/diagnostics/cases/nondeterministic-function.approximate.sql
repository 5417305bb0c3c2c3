-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    approx_count_distinct(store_id) as stores,
    approx_quantile(amount, 0.5) as middle
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[nondeterministic-function]: approx_count_distinct() is approximate, and no two engines agree on it
  --> features/v.sql:5:5
   |
 5 |     approx_count_distinct(store_id) as stores,
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: use an exact aggregate: count(distinct x), quantile_cont(x, 0.5)

error[nondeterministic-function]: approx_quantile() is approximate, and no two engines agree on it
  --> features/v.sql:6:5
   |
 6 |     approx_quantile(amount, 0.5) as middle
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: use an exact aggregate: count(distinct x), quantile_cont(x, 0.5)
