-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, arg_max_null(store_id, amount) as usual_store
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[nondeterministic-function]: arg_max_null() decides ties by the order in which rows arrive
  --> features/v.sql:3:17
   |
 3 | select user_id, arg_max_null(store_id, amount) as usual_store
   |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: use an aggregate with a total order, such as last() or arg_max()
