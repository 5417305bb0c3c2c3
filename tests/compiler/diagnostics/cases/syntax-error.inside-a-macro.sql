-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, {{ cents('amount') }} as cents
from {{ source('shop', 'payments') }}
-- @macros
{% macro cents(column) %}round({{ column }} * 100{% endmacro %}
-- @diagnostics
error[syntax-error]: the SQL cannot be read: ')' is missing before 'as'
  --> features/v.sql:3:39
   |
 3 | select user_id, {{ cents('amount') }} as cents
   |                                       ^^
  help: models are written in DuckDB's dialect; look for a missing comma, bracket or keyword just before
