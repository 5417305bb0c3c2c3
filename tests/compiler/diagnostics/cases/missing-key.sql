-- @model
select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[missing-key]: the view 'v' names no entity
  --> features/v.sql:1:1
   |
 1 | select user_id, amount from {{ source('shop', 'payments') }}
   | ^
  help: add {{ config(entity='...') }}, with an entity from 'entities:' in YAML
