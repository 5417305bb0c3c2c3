-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, sum(status) as total
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[type-mismatch]: total: no function matches the given name and argument types 'sum(VARCHAR)'
  --> features/v.sql:3:17
   |
 3 | select user_id, sum(status) as total
   |                 ^^^^^^^^^^^
  help: DuckDB has sum(arg DECIMAL), sum(arg BOOLEAN), sum(arg SMALLINT), sum(arg INTEGER), sum(arg BIGINT), sum(arg HUGEINT), sum(arg DOUBLE), sum(arg BIGNUM); check the declared data_type of the columns, or write an explicit CAST
