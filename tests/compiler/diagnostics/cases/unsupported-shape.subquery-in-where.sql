-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount
from {{ source('shop', 'payments') }}
where user_id in (select user_id from {{ source('shop', 'refunds') }})
-- @diagnostics
error[unsupported-shape]: a subquery in an expression would read rows that are not yet visible
  --> features/v.sql:5:26
   |
 5 | where user_id in (select user_id from {{ source('shop', 'refunds') }})
   |                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: join a static source, or use ASOF JOIN for a timed one
