-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @properties services
services:
  - name: risk
    features:
      - v
      - v: [amount]
-- @diagnostics
error[duplicate-name]: 'v' is used twice, first in line 4
  --> features/services.yml:5:9
   |
 5 |       - v: [amount]
   |         ^
  help: give one of the two another name with `as:`
