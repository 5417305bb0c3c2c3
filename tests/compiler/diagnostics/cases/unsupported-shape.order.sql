-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }} order by paid_at
-- @diagnostics
error[unsupported-shape]: a feature view has no order
  --> features/v.sql:3:71
   |
 3 | select user_id, amount from {{ source('shop', 'payments') }} order by paid_at
   |                                                                       ^^^^^^^
  help: drop ORDER BY
