-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount > {{ env_var('LIMIT') }} as is_large
from {{ source('shop', 'payments') }}
-- @diagnostics
error[undefined-variable]: the environment variable 'LIMIT' is not set
  --> features/v.sql:3:26
   |
 3 | select user_id, amount > {{ env_var('LIMIT') }} as is_large
   |                          ^^^^^^^^^^^^^^^^^^^^^^
  help: set it, or give a default: env_var('LIMIT', '...')
