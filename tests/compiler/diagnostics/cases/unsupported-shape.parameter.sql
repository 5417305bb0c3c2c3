-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount > $1 as is_large, #2 as second from {{ source('shop', 'payments') }}
-- @diagnostics
error[unsupported-shape]: a model has no parameters
  --> features/v.sql:3:17
   |
 3 | select user_id, amount > $1 as is_large, #2 as second from {{ source('shop', 'payments') }}
   |                 ^^^^^^
  help: read a project's variable with {{ var('name') }}

error[unsupported-shape]: a column is read by name, not by its position
  --> features/v.sql:3:48
   |
 3 | select user_id, amount > $1 as is_large, #2 as second from {{ source('shop', 'payments') }}
   |                                                ^^^^^^
  help: name the column
