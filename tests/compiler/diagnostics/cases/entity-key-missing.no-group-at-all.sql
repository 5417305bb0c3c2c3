-- @model
{{ config(entity='user', ttl='1 day') }}

select count(*) as n from {{ source('shop', 'payments') }}
-- @diagnostics
error[entity-key-missing]: the key 'user_id' of the entity is not selected
  --> features/v.sql:3:8
   |
 3 | select count(*) as n from {{ source('shop', 'payments') }}
   |        ^^^^^^^^^^^^^
  help: select it, or another column or an expression as user_id

error[entity-key-missing]: aggregates without GROUP BY are about no entity
  --> features/v.sql:3:8
   |
 3 | select count(*) as n from {{ source('shop', 'payments') }}
   |        ^^^^^^^^^^^^^
  help: add GROUP BY user_id
