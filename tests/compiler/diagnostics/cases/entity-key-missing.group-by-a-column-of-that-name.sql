-- @model
{{ config(entity='user', ttl='1 day') }}

select store_id as user_id, count(*) as n
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[entity-key-missing]: GROUP BY user_id means the column of the source, and the key is another expression
  --> features/v.sql:5:10
   |
 5 | group by user_id
   |          ^^^^^^^
  help: group by the key's own expression, or by its position in the SELECT list
