-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, date_diff('day', paid_at, asof()) as days
from {{ source('shop', 'payments') }}
-- @diagnostics
error[syntax-error]: the SQL cannot be read: ')' is missing before '('
  --> features/v.sql:3:47
   |
 3 | select user_id, date_diff('day', paid_at, asof()) as days
   |                                               ^
  help: models are written in DuckDB's dialect; look for a missing comma, bracket or keyword just before
