-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    count(*) filter (where (status = 'settled' as n
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[syntax-error]: the SQL cannot be read: ')' is missing before 'from'
  --> features/v.sql:6:1
   |
 6 | from {{ source('shop', 'payments') }}
   | ^^^^
  help: models are written in DuckDB's dialect; look for a missing comma, bracket or keyword just before
