-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, count(*) as n
from {{ source('shop', 'payments') }}
group by user_id, status
-- @diagnostics
error[entity-key-missing]: the view is grouped by 'status', which is no key of its entity
  --> features/v.sql:5:19
   |
 5 | group by user_id, status
   |                   ^^^^^^
  help: group by user_id only
