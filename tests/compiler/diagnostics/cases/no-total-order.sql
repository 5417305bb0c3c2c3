-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, device from {{ source('shop', 'logins') }}
-- @diagnostics
error[no-total-order]: of two rows with one event time, nothing says which is the latest
  --> features/v.sql:3:29
   |
 3 | select user_id, device from {{ source('shop', 'logins') }}
   |                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: give the source a primary_key or a tie_break
