-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    {{ cents('amunt') }} as cents
from {{ source('shop', 'payments') }}
-- @macros
{% macro cents(column) %}round({{ column }} * 100){% endmacro %}
-- @diagnostics
error[unknown-column]: there is no column 'amunt'
  --> features/v.sql:5:5
   |
 5 |     {{ cents('amunt') }} as cents
   |     ^^^^^^^^^^^^^^^^^^^^
  help: did you mean 'amount'?
