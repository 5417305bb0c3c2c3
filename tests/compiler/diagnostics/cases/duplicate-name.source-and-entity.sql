-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @properties works
entities:
  - {name: user, keys: [{name: uid, data_type: bigint}]}
sources:
  - name: shop
    tables:
      - {name: payments, event_time: t, columns: [{name: t, data_type: timestamp}]}
-- @diagnostics
error[duplicate-name]: there is another entity 'user' in features/shop.yml:2
  --> features/works.yml:2:12
   |
 2 |   - {name: user, keys: [{name: uid, data_type: bigint}]}
   |            ^^^^

error[duplicate-name]: there is another source table 'shop.payments' in features/shop.yml:7
  --> features/works.yml:6:16
   |
 6 |       - {name: payments, event_time: t, columns: [{name: t, data_type: timestamp}]}
   |                ^^^^^^^^
