-- @model
{{ config(entity=['user', 'merchant']) }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[unknown-entity]: there is no entity 'merchant'
  --> features/v.sql:1:11
   |
 1 | {{ config(entity=['user', 'merchant']) }}
   |           ^^^^^^
  help: declare it under 'entities:' in a YAML file of the features folder
