-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (
    select user_id, device, lag(device) over (partition by user_id order by logged_in_at) as before
    from {{ source('shop', 'logins') }}
)

select user_id, count(*) filter (where device <> before) as changes
from a
group by user_id
-- @diagnostics
error[no-total-order]: rows of equal event time have no order here, so the value would be a coin toss
  --> features/v.sql:4:29
   |
 4 |     select user_id, device, lag(device) over (partition by user_id order by logged_in_at) as before
   |                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: give the source a primary_key or a tie_break
