-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    rank() over (partition by user_id order by amount) as rank_of_amount
from {{ source('shop', 'payments') }}
-- @diagnostics
error[future-leakage]: the window is not ordered by event time, so it would read rows that happen later
  --> features/v.sql:5:48
   |
 5 |     rank() over (partition by user_id order by amount) as rank_of_amount
   |                                                ^^^^^^
  help: order by paid_at first
