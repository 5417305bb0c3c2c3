-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, sum(amount) as n from {{ source('shop', 'payments') }}
group by user_id
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
          - {name: amount, data_type: decimal(12,2)}
          - {name: deleted, data_type: boolean}
          - {name: paid_at, data_type: timestamp}
-- @diagnostics
error[syntax-error]: the comma ends the value within its brackets
  --> features/shop.yml:13:39
    |
 13 |           - {name: amount, data_type: decimal(12,2)}
    |                                       ^^^^^^^^^^
  help: write 'decimal(12,2)'
