-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }} {{ dev_limit() }}
-- @macros
{% macro dev_limit() %}{% if target.name == 'dev' %}limit 100{% endif %}{% endmacro %}
-- @diagnostics
error[unordered-limit]: LIMIT keeps some rows and not others, and which ones changes as rows arrive
  --> features/v.sql:3:62
   |
 3 | select user_id, amount from {{ source('shop', 'payments') }} {{ dev_limit() }}
   |                                                              ^^^^^^^^^^^^^^^^^
  help: filter with WHERE, or take the first and last of an entity with first(), last() or a latest view
