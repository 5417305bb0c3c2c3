-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @properties services
services:
  - name: risk
    features:
      - v
-- @properties
entities:
  - {nam: user, keys: [{name: user_id, data_type: bigint}]}
sources:
  - name: shop
    tables:
      - name: payments
        path: data/payments.parquet
        event_time: paid_at
        primary_key: payment_id
        columns:
          - {name: payment_id, data_type: varchar}
          - {name: user_id, data_type: bigint}
          - {name: amount, data_type: double}
          - {name: deleted, data_type: boolean}
          - {name: paid_at, data_type: timestamp}
-- @diagnostics
error[unknown-key]: 'nam' is not a key of an entity
  --> features/shop.yml:2:6
   |
 2 |   - {nam: user, keys: [{name: user_id, data_type: bigint}]}
   |      ^^^
  help: did you mean 'name'?
