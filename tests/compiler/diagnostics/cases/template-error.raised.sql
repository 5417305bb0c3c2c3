-- @model
{{ config(entity='user', ttl='1 day') }}

{{ exceptions.raise_compiler_error('set the variable first') }}
select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[template-error]: set the variable first
  --> features/v.sql:3:1
   |
 3 | {{ exceptions.raise_compiler_error('set the variable first') }}
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
