-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, status from {{ source('shop', 'payments') }}
-- @properties features
features:
  - name: v
    columns:
      - {name: status, data_type: bigint}
-- @diagnostics
error[type-mismatch]: 'status' is declared BIGINT and computed as VARCHAR
  --> features/features.yml:4:16
   |
 4 |       - {name: status, data_type: bigint}
   |                ^^^^^^
  help: change the data_type, or cast in the model
