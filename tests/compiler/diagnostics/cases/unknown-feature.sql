-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @properties services
services:
  - name: risk
    features:
      - v: [amunt, colour]
-- @diagnostics
error[unknown-feature]: 'amunt' is not a feature of 'v'
  --> features/services.yml:4:13
   |
 4 |       - v: [amunt, colour]
   |             ^^^^^
  help: did you mean 'amount'?

error[unknown-feature]: 'colour' is not a feature of 'v'
  --> features/services.yml:4:20
   |
 4 |       - v: [amunt, colour]
   |                    ^^^^^^
  help: features: amount
