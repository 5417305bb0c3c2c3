-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount + as n
from {{ source('shop', 'payments') }}
-- @diagnostics
error[syntax-error]: the SQL cannot be read: an operand or an argument is missing near 'as'
  --> features/v.sql:3:26
   |
 3 | select user_id, amount + as n
   |                          ^^
  help: models are written in DuckDB's dialect; look for a missing comma, bracket or keyword just before
