-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @properties views
features:
  - name: v
    data_tests:
      - not_null: {column_name: amuont}
-- @diagnostics
error[unknown-column]: not_null: there is no column 'amuont' in the view 'v'
  --> features/views.yml:4:33
   |
 4 |       - not_null: {column_name: amuont}
   |                                 ^^^^^^
  help: did you mean 'amount'?
