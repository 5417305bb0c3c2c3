-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id from {{ source('shop', 'payments') }}
-- @diagnostics
error[unsupported-shape]: this view has keys and no features
  --> features/v.sql:3:8
   |
 3 | select user_id from {{ source('shop', 'payments') }}
   |        ^^^^^^^
  help: select at least one column that is not a key
