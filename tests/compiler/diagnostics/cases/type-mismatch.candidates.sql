-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, sum(amount) + length(max(amount)) as n from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[type-mismatch]: n: no function matches the given name and argument types 'length(DOUBLE)'
  --> features/v.sql:3:31
   |
 3 | select user_id, sum(amount) + length(max(amount)) as n from {{ source('shop', 'payments') }}
   |                               ^^^^^^^^^^^^^^^^^^^
  help: DuckDB has length(string VARCHAR), length(bit BIT), length(list ANY[]); check the declared data_type of the columns, or write an explicit CAST
