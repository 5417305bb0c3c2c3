-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, {{ cents('amount') }} as cents
from {{ source('shop', 'payments') }}
-- @macros
{% macro cents(column) %}
    round({{ column * 100)
{% endmacro %}
-- @diagnostics
error[undefined-variable]: 'cents' is not defined
  --> features/v.sql:3:20
   |
 3 | select user_id, {{ cents('amount') }} as cents
   |                    ^^^^^
  help: the macro's file macros/macros.sql has an error of its own

error[template-error]: the template cannot be read: unexpected ')'
  --> macros/macros.sql:2:5
   |
 2 |     round({{ column * 100)
   |     ^^^^^^^^^^^^^^^^^^^^^^
