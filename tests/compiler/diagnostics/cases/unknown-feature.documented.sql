-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @properties features
features:
  - name: v
    columns:
      - {name: amunt, data_type: double}
-- @diagnostics
error[unknown-feature]: 'amunt' is not a feature of 'v'
  --> features/features.yml:4:16
   |
 4 |       - {name: amunt, data_type: double}
   |                ^^^^^
  help: did you mean 'amount'?
