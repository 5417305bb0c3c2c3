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
        event_tiem: paid_at
        primary_key: payment_id
        columns:
          - {name: payment_id, data_type: varchar}
          - {name: user_id, data_type: bigint}
          - {name: amount, datatype: double}
          - {name: paid_at, data_type: timestamp}
-- @diagnostics
error[unknown-key]: 'event_tiem' is not a key of a source table
  --> features/shop.yml:7:9
   |
 7 |         event_tiem: paid_at
   |         ^^^^^^^^^^
  help: did you mean 'event_time'?

error[missing-key]: the column 'amount' of shop.payments needs a data_type
  --> features/shop.yml:12:20
    |
 12 |           - {name: amount, datatype: double}
    |                    ^^^^^^

error[unknown-key]: 'datatype' is not a key of a column
  --> features/shop.yml:12:28
    |
 12 |           - {name: amount, datatype: double}
    |                            ^^^^^^^^
  help: did you mean 'data_type'?
