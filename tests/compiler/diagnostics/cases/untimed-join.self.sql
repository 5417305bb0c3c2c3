-- @model
{{ config(entity='user', ttl='1 day') }}

with p as (select * from {{ source('shop', 'payments') }})

select a.user_id, b.amount
from p as a
join p as b on a.user_id = b.user_id and b.paid_at < a.paid_at
-- @diagnostics
error[untimed-join]: a plain join of two timed relations pairs rows of 'a' with rows of 'b' of any time
  --> features/v.sql:7:6
   |
 7 | join p as b on a.user_id = b.user_id and b.paid_at < a.paid_at
   |      ^^^^^^
  help: use ASOF LEFT JOIN, or make two views and join them in a request view
