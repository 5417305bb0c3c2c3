-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount > {{ var('limit') }} as is_large
from {{ source('shop', 'payments') }}
-- @diagnostics
error[undefined-variable]: var('limit') is not set
  --> features/v.sql:3:26
   |
 3 | select user_id, amount > {{ var('limit') }} as is_large
   |                          ^^^^^^^^^^^^^^^^^^
  help: set it under 'vars' in skewless.yml, with --vars, or give a default: var('limit', ...)
