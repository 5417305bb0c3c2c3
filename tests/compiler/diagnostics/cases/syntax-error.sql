-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id
    count(*) as n
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[syntax-error]: the SQL cannot be read: '(' is not expected here
  --> features/v.sql:5:10
   |
 5 |     count(*) as n
   |          ^
  help: models are written in DuckDB's dialect; look for a missing comma, bracket or keyword just before
