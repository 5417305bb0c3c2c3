-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    last(device) as last_device,
    list(device) as devices,
    any_value(device) as some_device,
    arg_max(device, logged_in_at) as newest,
    max(device) as fine
from {{ source('shop', 'logins') }}
group by user_id
-- @diagnostics
error[no-total-order]: last() depends on the order of rows, and rows of equal event time have none
  --> features/v.sql:5:5
   |
 5 |     last(device) as last_device,
   |     ^^^^^^^^^^^^
  help: give the source a primary_key or a tie_break

error[no-total-order]: list() depends on the order of rows, and rows of equal event time have none
  --> features/v.sql:6:5
   |
 6 |     list(device) as devices,
   |     ^^^^^^^^^^^^
  help: give the source a primary_key or a tie_break

error[no-total-order]: any_value() depends on the order of rows, and rows of equal event time have none
  --> features/v.sql:7:5
   |
 7 |     any_value(device) as some_device,
   |     ^^^^^^^^^^^^^^^^^
  help: give the source a primary_key or a tie_break

error[no-total-order]: arg_max() depends on the order of rows, and rows of equal event time have none
  --> features/v.sql:8:5
   |
 8 |     arg_max(device, logged_in_at) as newest,
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: give the source a primary_key or a tie_break
