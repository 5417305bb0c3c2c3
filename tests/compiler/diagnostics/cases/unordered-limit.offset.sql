-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount
from (select * from {{ source('shop', 'payments') }} offset 5) as p
-- @diagnostics
error[unordered-limit]: OFFSET keeps some rows and not others, and which ones changes as rows arrive
  --> features/v.sql:4:61
   |
 4 | from (select * from {{ source('shop', 'payments') }} offset 5) as p
   |                                                             ^
  help: filter with WHERE, or take the first and last of an entity with first(), last() or a latest view
