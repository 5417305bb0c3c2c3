-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @properties features
features:
  - name: v
    columns:
      - {name: amunt, data_type: double}
-- @diagnostics
