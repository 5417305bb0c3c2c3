-- @model
{{ config(entity='user', ttl='1 day') }}

select * exclude (payment) from {{ source('shop', 'payments') }}
-- @diagnostics
error[unknown-column]: there is no column 'payment' in this star
  --> features/v.sql:3:19
   |
 3 | select * exclude (payment) from {{ source('shop', 'payments') }}
   |                   ^^^^^^^
  help: did you mean 'payment_id'?
