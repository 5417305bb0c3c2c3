-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, p.amount
from {{ source('shop', 'payments') }} as p
where exists (select 1 from {{ source('shop', 'refunds') }} as r where r.user_id = p.user_id)
-- @diagnostics
error[unsupported-shape]: a subquery in an expression would read rows that are not yet visible
  --> features/v.sql:5:22
   |
 5 | where exists (select 1 from {{ source('shop', 'refunds') }} as r where r.user_id = p.user_id)
   |                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: join a static source, or use ASOF JOIN for a timed one
