-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount as total, status as Total
from {{ source('shop', 'payments') }}
-- @diagnostics
error[duplicate-name]: two columns of this SELECT are called 'Total'
  --> features/v.sql:3:34
   |
 3 | select user_id, amount as total, status as Total
   |                                  ^^^^^^^^^^^^^^^
  help: rename one; names are compared without regard to case
