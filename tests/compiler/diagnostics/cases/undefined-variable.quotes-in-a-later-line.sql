-- @model
{{ config(
    entity=['user', store], ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[undefined-variable]: 'store' is not defined
  --> features/v.sql:2:21
   |
 2 |     entity=['user', store], ttl='1 day') }}
   |                     ^^^^^
  help: a text needs quotes: 'store'
