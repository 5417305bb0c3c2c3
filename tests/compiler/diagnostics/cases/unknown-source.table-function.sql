-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from read_parquet('data/payments.parquet')
-- @diagnostics
error[unknown-source]: a table function reads data without time rules
  --> features/v.sql:3:29
   |
 3 | select user_id, amount from read_parquet('data/payments.parquet')
   |                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: declare the files as a source with 'path:', and read {{ source('name', 'table') }}
