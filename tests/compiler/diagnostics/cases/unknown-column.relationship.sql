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
              to: source('shop', 'stores')
              field: storeid
-- @diagnostics
error[unknown-column]: relationships: there is no column 'storeid' in the source 'shop.stores'
  --> features/views.yml:8:22
   |
 8 |               field: storeid
   |                      ^^^^^^^
  help: did you mean 'store_id'?
