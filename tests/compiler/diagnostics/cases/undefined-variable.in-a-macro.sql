-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, {{ cents('amount') }} as cents
from {{ source('shop', 'payments') }}
-- @macros
{% macro cents(column) %}
    round({{ colum }} * 100)
{% endmacro %}
-- @diagnostics
error[undefined-variable]: 'colum' is not defined (in macros/macros.sql:2)
  --> features/v.sql:3:17
   |
 3 | select user_id, {{ cents('amount') }} as cents
   |                 ^^^^^^^^^^^^^^^^^^^^^
  help: define it with {% set %}, as a macro, or read it with var()
