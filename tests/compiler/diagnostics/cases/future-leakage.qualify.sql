-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount
from {{ source('shop', 'payments') }}
qualify row_number() over (partition by user_id order by paid_at desc) = 1
-- @diagnostics
error[future-leakage]: in descending order the rows before this one are the later ones
  --> features/v.sql:5:58
   |
 5 | qualify row_number() over (partition by user_id order by paid_at desc) = 1
   |                                                          ^^^^^^^
  help: drop DESC; to have the newest row of an entity, write a latest view, which takes it by itself
