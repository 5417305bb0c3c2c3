-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, status, count(*) as n
from {{ source('shop', 'payments') }}
group by all
-- @diagnostics
error[unsupported-shape]: 'status' has many values here: it is neither a key nor inside an aggregate
  --> features/v.sql:3:17
   |
 3 | select user_id, status, count(*) as n
   |                 ^^^^^^
  help: wrap it in an aggregate such as last() or max()
