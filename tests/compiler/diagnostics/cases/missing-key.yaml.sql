-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @properties more
entities:
  - keys: [{name: store_id, data_type: varchar}]
services:
  - {name: risk}
-- @diagnostics
error[missing-key]: an entity needs 'name'
  --> features/more.yml:2:5
   |
 2 |   - keys: [{name: store_id, data_type: varchar}]
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

error[missing-key]: the service 'risk' needs 'features'
  --> features/more.yml:4:12
   |
 4 |   - {name: risk}
   |            ^^^^
