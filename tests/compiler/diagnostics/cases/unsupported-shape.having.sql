-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, count(*) as n
from {{ source('shop', 'payments') }}
group by user_id
having count(*) > 3
-- @diagnostics
error[unsupported-shape]: HAVING would make an entity come and go
  --> features/v.sql:6:8
   |
 6 | having count(*) > 3
   |        ^^^^^^^^^^^^
  help: compute the value; filter in the view that reads it
