-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, count(*)
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[unsupported-shape]: this expression has no name
  --> features/v.sql:3:17
   |
 3 | select user_id, count(*)
   |                 ^^^^^^^^
  help: give it one: expression as name
