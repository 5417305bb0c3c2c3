-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    lag(score) over (partition by user_id order by happened_at) as before
from {{ source('shop', 'reports') }}
-- @diagnostics
error[late-rows-in-window]: rows of this window can become known late or be replaced, so its past would change afterwards
  --> features/v.sql:5:5
   |
 5 |     lag(score) over (partition by user_id order by happened_at) as before
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: declare the source append_only with a constant delay, or use an aggregate view
