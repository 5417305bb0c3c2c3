-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @properties services
services:
  - name: risk
    features:
      - {view: v, on: {usr_id: buyer_id}}
-- @diagnostics
error[unknown-key]: on: 'usr_id' is no key of 'v'
  --> features/services.yml:4:24
   |
 4 |       - {view: v, on: {usr_id: buyer_id}}
   |                        ^^^^^^
  help: did you mean 'user_id'?
