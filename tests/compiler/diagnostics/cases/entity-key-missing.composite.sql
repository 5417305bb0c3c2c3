-- @model
{{ config(entity=['user', 'store'], ttl='1 day') }}

select user_id, count(*) as n
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[entity-key-missing]: the key 'store_id' of the entity is not selected
  --> features/v.sql:3:8
   |
 3 | select user_id, count(*) as n
   |        ^^^^^^^
  help: select it, or another column or an expression as store_id
