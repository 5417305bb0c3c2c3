-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    coalesce(sum(amount), 0)) as total
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[syntax-error]: the SQL cannot be read: ')' is not expected here
  --> features/v.sql:5:29
   |
 5 |     coalesce(sum(amount), 0)) as total
   |                             ^
  help: models are written in DuckDB's dialect; look for a missing comma, bracket or keyword just before
