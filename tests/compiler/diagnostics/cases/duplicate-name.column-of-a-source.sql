-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'odd') }}
-- @properties odd
sources:
  - name: shop
    tables:
      - name: odd
        event_time: paid_at
        primary_key: id
        columns:
          - {name: id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: amount, data_type: double}
          - {name: _event_time, data_type: timestamp}
          - {name: paid_at, data_type: timestamp}
-- @diagnostics
error[duplicate-name]: the source's column '_event_time' has a name that skewless gives to its own columns
  --> features/v.sql:3:29
   |
 3 | select user_id, amount from {{ source('shop', 'odd') }}
   |                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: leave it out of the source's 'columns:', or rename it in the warehouse
