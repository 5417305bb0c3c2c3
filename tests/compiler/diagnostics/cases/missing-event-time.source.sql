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
        columns:
          - {name: user_id, data_type: bigint}
          - {name: amount, data_type: double}
          - {name: paid_at, data_type: timestamp}
-- @diagnostics
error[missing-event-time]: shop.payments does not say when its rows happened
  --> features/shop.yml:6:15
   |
 6 |       - name: payments
   |               ^^^^^^^^
  help: add `event_time: paid_at`, or `static: true` for a look-up table without time
