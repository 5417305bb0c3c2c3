-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }} {{ dev_limit() }}
-- @macros
{% macro dev_limit() %}{% if target.name == 'dev' %}limit 100{% endif %}{% endmacro %}
-- @diagnostics
