-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, count(*) filter (where amount > avg(amount)) as n
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[unsupported-shape]: an aggregate inside another one has no rows of its own
  --> features/v.sql:3:49
   |
 3 | select user_id, count(*) filter (where amount > avg(amount)) as n
   |                                                 ^^^^^^^^^^^
  help: compute it in a view of its own, and join both in a request view
