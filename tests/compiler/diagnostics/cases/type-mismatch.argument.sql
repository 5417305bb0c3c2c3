-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, date_trunc('day', status) as day, amount
from {{ source('shop', 'payments') }}
-- @diagnostics
error[type-mismatch]: no function matches the given name and argument types 'date_trunc(VARCHAR, VARCHAR)'
  --> features/v.sql:3:17
   |
 3 | select user_id, date_trunc('day', status) as day, amount
   |                 ^^^^^^^^^^^^^^^^^^^^^^^^^
  help: DuckDB has date_trunc(part VARCHAR, timestamp DATE), date_trunc(part VARCHAR, timestamp INTERVAL), date_trunc(part VARCHAR, timestamp TIMESTAMP), date_trunc(part VARCHAR, timestamp TIMESTAMP WITH TIME ZONE); check the declared data_type of the columns, or write an explicit CAST
