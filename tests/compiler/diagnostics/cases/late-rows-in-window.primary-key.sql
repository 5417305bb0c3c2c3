-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    lag(amount) over (partition by user_id order by paid_at) as before
from {{ source('shop', 'payments') }}
-- @properties
entities:
  - {name: user, keys: [{name: user_id, data_type: bigint}]}
sources:
  - name: shop
    tables:
      - name: payments
        event_time: paid_at
        primary_key: payment_id
        columns:
          - {name: payment_id, data_type: varchar}
          - {name: user_id, data_type: bigint}
          - {name: amount, data_type: double}
          - {name: paid_at, data_type: timestamp}
-- @diagnostics
error[late-rows-in-window]: rows of this window can become known late or be replaced, so its past would change afterwards
  --> features/v.sql:5:5
   |
 5 |     lag(amount) over (partition by user_id order by paid_at) as before
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: declare the source append_only with a constant delay, or use an aggregate view
