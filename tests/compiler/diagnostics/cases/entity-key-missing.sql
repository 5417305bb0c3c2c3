-- @model
{{ config(entity='user', ttl='1 day') }}

select store_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[entity-key-missing]: the key 'user_id' of the entity is not selected
  --> features/v.sql:3:8
   |
 3 | select store_id, amount from {{ source('shop', 'payments') }}
   |        ^^^^^^^^
  help: select it, or another column or an expression as user_id
