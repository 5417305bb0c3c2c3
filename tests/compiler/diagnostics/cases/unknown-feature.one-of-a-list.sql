-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @properties services
services:
  - name: risk
    features:
      - v: [amount, status]
-- @diagnostics
error[unknown-feature]: 'status' is not a feature of 'v'
  --> features/services.yml:4:21
   |
 4 |       - v: [amount, status]
   |                     ^^^^^^
  help: features: amount
