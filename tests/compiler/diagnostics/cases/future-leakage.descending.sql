-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    row_number() over (partition by user_id order by paid_at desc) as number
from {{ source('shop', 'payments') }}
-- @diagnostics
error[future-leakage]: in descending order the rows before this one are the later ones
  --> features/v.sql:5:54
   |
 5 |     row_number() over (partition by user_id order by paid_at desc) as number
   |                                                      ^^^^^^^
  help: drop DESC; to have the newest row of an entity, write a latest view, which takes it by itself
