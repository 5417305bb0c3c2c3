-- @model
{{ config(entity='user', ttl='1 day') }}

{% if execute %}
select user_id, amount from {{ source('shop', 'payments') }}
{% endif %}
-- @diagnostics
error[unsupported-introspection]: 'execute' asks the warehouse while compiling, so training and serving could be compiled differently
  --> features/v.sql:3:1
   |
 3 | {% if execute %}
   | ^^^^^^^^^^^^^^^^
  help: write the values into 'vars' of skewless.yml, or into the model
