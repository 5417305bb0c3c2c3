-- @model
{{ config(entity=user, ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[undefined-variable]: 'user' is not defined
  --> features/v.sql:1:18
   |
 1 | {{ config(entity=user, ttl='1 day') }}
   |                  ^^^^
  help: a text needs quotes: 'user'
