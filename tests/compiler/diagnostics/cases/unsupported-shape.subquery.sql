-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    amount > (select avg(amount) from {{ source('shop', 'payments') }}) as is_large
from {{ source('shop', 'payments') }}
-- @diagnostics
error[entity-key-missing]: aggregates without GROUP BY are about no entity
  --> features/v.sql:4:5
   |
 4 |     user_id,
   |     ^^^^^^^
  help: add GROUP BY user_id

error[unsupported-shape]: 'amount' has many values here: it is neither a key nor inside an aggregate
  --> features/v.sql:5:5
   |
 5 |     amount > (select avg(amount) from {{ source('shop', 'payments') }}) as is_large
   |     ^^^^^^
  help: wrap it in an aggregate such as last() or max()

error[unsupported-shape]: a subquery in an expression would read rows that are not yet visible
  --> features/v.sql:5:22
   |
 5 |     amount > (select avg(amount) from {{ source('shop', 'payments') }}) as is_large
   |                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: join a static source, or use ASOF JOIN for a timed one
