-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    amount > (select avg(amount) from {{ source('shop', 'payments') }}) as is_large
from {{ source('shop', 'payments') }}
-- @diagnostics
error[unsupported-shape]: a subquery in an expression would read rows that are not yet visible
  --> features/v.sql:5:22
   |
 5 |     amount > (select avg(amount) from {{ source('shop', 'payments') }}) as is_large
   |                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: join a static source, or use ASOF JOIN for a timed one
