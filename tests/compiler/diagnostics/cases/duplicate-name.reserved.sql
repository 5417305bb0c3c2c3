-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount as _event_time from {{ source('shop', 'payments') }}
-- @diagnostics
error[duplicate-name]: '_event_time' is a name that skewless gives to its own columns
  --> features/v.sql:3:17
   |
 3 | select user_id, amount as _event_time from {{ source('shop', 'payments') }}
   |                 ^^^^^^^^^^^^^^^^^^^^^
  help: rename it
