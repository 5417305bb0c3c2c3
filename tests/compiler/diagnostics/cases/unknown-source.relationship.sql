-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @properties views
features:
  - name: v
    columns:
      - name: amount
        data_tests:
          - relationships:
              to: source('shop', 'storez')
              field: store_id
-- @diagnostics
error[unknown-source]: relationships: there is no source 'shop.storez'
  --> features/views.yml:7:19
   |
 7 |               to: source('shop', 'storez')
   |                   ^^^^^^^^^^^^^^^^^^^^^^^^
  help: did you mean 'shop.stores'?
