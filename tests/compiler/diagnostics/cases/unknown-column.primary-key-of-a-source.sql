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
        primary_key: [payment_id, usr_id]
        columns:
          - {name: payment_id, data_type: varchar}
          - {name: user_id, data_type: bigint}
          - {name: amount, data_type: double}
          - {name: deleted, data_type: boolean}
          - {name: paid_at, data_type: timestamp}
-- @diagnostics
error[unknown-column]: primary_key of shop.payments names 'usr_id', which is not among its columns
  --> features/shop.yml:9:35
   |
 9 |         primary_key: [payment_id, usr_id]
   |                                   ^^^^^^
  help: did you mean 'user_id'?
