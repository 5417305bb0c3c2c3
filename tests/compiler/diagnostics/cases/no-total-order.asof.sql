-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, l.device
from {{ source('shop', 'payments') }} as p
asof left join {{ source('shop', 'logins') }} as l
    on p.user_id = l.user_id and p.paid_at >= l.logged_in_at
-- @diagnostics
error[no-total-order]: rows of 'l' with equal event times have no order, so the pick would be a coin toss
  --> features/v.sql:5:16
   |
 5 | asof left join {{ source('shop', 'logins') }} as l
   |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: give the source a primary_key or a tie_break
