-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, case when amount > 1 then 'large' as size
from {{ source('shop', 'payments') }}
-- @diagnostics
error[syntax-error]: the SQL cannot be read: END after CASE is expected near ''large''
  --> features/v.sql:3:43
   |
 3 | select user_id, case when amount > 1 then 'large' as size
   |                                           ^^^^^^^
  help: models are written in DuckDB's dialect; look for a missing comma, bracket or keyword just before
