-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, {{ cents() }} as cents
from {{ source('shop', 'payments') }}
-- @macros
{% macro cents(column) %}
    round({{ column }} * 100)
{% endmacro %}
-- @diagnostics
error[template-error]: parameter 'column' was not provided (in macros/macros.sql:2)
  --> features/v.sql:3:17
   |
 3 | select user_id, {{ cents() }} as cents
   |                 ^^^^^^^^^^^^^
