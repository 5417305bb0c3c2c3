-- @model
{{ config(entity='user', ttl='1 day') }}

{% set stores = run_query('select store_id from stores') %}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[unsupported-introspection]: 'run_query' asks the warehouse while compiling, so training and serving could be compiled differently
  --> features/v.sql:3:1
   |
 3 | {% set stores = run_query('select store_id from stores') %}
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: write the values into 'vars' of skewless.yml, or into the model
