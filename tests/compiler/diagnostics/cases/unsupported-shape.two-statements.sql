-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }};

select user_id, status from {{ source('shop', 'payments') }}
-- @diagnostics
error[unsupported-shape]: a model is one SELECT statement
  --> features/v.sql:5:8
   |
 5 | select user_id, status from {{ source('shop', 'payments') }}
   |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: make a file of each
