-- @model
{{ config(entty='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[unknown-key]: 'entty' is not a setting of a feature view
  --> features/v.sql:1:11
   |
 1 | {{ config(entty='user', ttl='1 day') }}
   |           ^^^^^
  help: did you mean 'entity'?
