-- @model
{{ config(entity='user', ttl='0 days') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[invalid-value]: ttl: nothing is younger than zero
  --> features/v.sql:1:26
   |
 1 | {{ config(entity='user', ttl='0 days') }}
   |                          ^^^
  help: write ttl='1 day', or drop it to keep rows for ever
