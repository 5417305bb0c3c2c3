-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, sum(amount) as n from {{ source('shop', 'payments') }}
group by user_id
-- @properties services
services:
  - name: risk
    features:
      - v
-- @properties
entities:
  - {name: user, keys: [{name: user_id, data_type: bigint}]}
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
          - {name: amount, data_type: dubble}
          - {name: deleted, data_type: boolean}
          - {name: paid_at, data_type: timestamp}
-- @diagnostics
error[invalid-value]: 'dubble' is not a type a feature may have; use boolean, integer, bigint, float, double, decimal(p,s), varchar, date, timestamp, or a list of one such as 'bigint[]'
  --> features/shop.yml:13:39
    |
 13 |           - {name: amount, data_type: dubble}
    |                                       ^^^^^^
