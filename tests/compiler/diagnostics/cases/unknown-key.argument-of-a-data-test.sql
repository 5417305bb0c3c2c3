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
          - {name: amount, data_type: double, data_tests: [{accepted_range: {mn: 0}}]}
          - {name: deleted, data_type: boolean}
          - {name: paid_at, data_type: timestamp}
-- @diagnostics
error[unknown-key]: 'mn' is not a key of accepted_range
  --> features/shop.yml:13:78
    |
 13 |           - {name: amount, data_type: double, data_tests: [{accepted_range: {mn: 0}}]}
    |                                                                              ^^
  help: did you mean 'min'?
