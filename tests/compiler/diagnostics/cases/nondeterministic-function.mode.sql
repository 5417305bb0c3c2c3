-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, mode(store_id) as usual_store
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[nondeterministic-function]: mode() decides ties by the order in which rows arrive
  --> features/v.sql:3:17
   |
 3 | select user_id, mode(store_id) as usual_store
   |                 ^^^^^^^^^^^^^^
  help: use an aggregate with a total order, such as last() or arg_max()
