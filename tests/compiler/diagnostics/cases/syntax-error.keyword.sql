-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount
form {{ source('shop', 'payments') }}
-- @diagnostics
error[syntax-error]: the SQL cannot be read: '{{ ... }}' is not expected here
  --> features/v.sql:4:6
   |
 4 | form {{ source('shop', 'payments') }}
   |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: models are written in DuckDB's dialect; look for a missing comma, bracket or keyword just before
