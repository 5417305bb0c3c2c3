-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
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
          - {name: amount, data_type: double, data_tests: [not_nul]}
          - {name: deleted, data_type: boolean}
          - {name: paid_at, data_type: timestamp}
-- @diagnostics
error[invalid-value]: 'not_nul' is not a data test
  --> features/shop.yml:13:60
    |
 13 |           - {name: amount, data_type: double, data_tests: [not_nul]}
    |                                                            ^^^^^^^
  help: did you mean 'not_null'?
