-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, lagg(amount) over (partition by user_id order by paid_at) as x from {{ source('shop', 'payments') }}
-- @diagnostics
error[unknown-function]: there is no function 'lagg'
  --> features/v.sql:3:17
   |
 3 | select user_id, lagg(amount) over (partition by user_id order by paid_at) as x from {{ source('shop', 'payments') }}
   |                 ^^^^^^^^^^^^
  help: did you mean 'lag'?
