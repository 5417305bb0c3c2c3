-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (
    select user_id, amount from {{ source('shop', 'payments') }}
    union all
    select user_id, score from {{ source('shop', 'reports') }}
)

select user_id, amount
from a
qualify row_number() over (partition by user_id order by event_time()) <= 10
-- @diagnostics
error[late-rows-in-window]: rows of this window can become known late or be replaced, so its past would change afterwards
  --> features/v.sql:11:9
    |
 11 | qualify row_number() over (partition by user_id order by event_time()) <= 10
    |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: declare the source append_only with a constant delay, or use an aggregate view
