-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount
from {{ source('shop', 'payments') }}
where status = 'settled
-- @diagnostics
error[syntax-error]: the SQL cannot be read: a text in quotes that begins here has no end
  --> features/v.sql:5:16
   |
 5 | where status = 'settled
   |                ^
  help: close it; if this is an end, the beginning of an earlier one is missing
