-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @properties services
services:
  - name: risk
    features: [v]
  - name: risk
    features: [v]
-- @diagnostics
error[duplicate-name]: there is another service 'risk' in features/services.yml:2
  --> features/services.yml:4:11
   |
 4 |   - name: risk
   |           ^^^^
