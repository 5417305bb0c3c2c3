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
        data_tests:
          - unique: {column_name: paymnt_id}
        columns:
          - {name: payment_id, data_type: varchar}
          - {name: user_id, data_type: bigint}
          - {name: amount, data_type: double}
          - {name: deleted, data_type: boolean}
          - {name: paid_at, data_type: timestamp}
-- @diagnostics
error[unknown-column]: unique: there is no column 'paymnt_id' in the source 'shop.payments'
  --> features/shop.yml:11:35
    |
 11 |           - unique: {column_name: paymnt_id}
    |                                   ^^^^^^^^^
  help: did you mean 'payment_id'?
