-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
{% if target.name == 'dev' %}
where amount > 0
-- @diagnostics
error[template-error]: the template cannot be read: unexpected end of template
  --> features/v.sql:4:1
   |
 4 | {% if target.name == 'dev' %}
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: the innermost block that needs to be closed is 'if'
