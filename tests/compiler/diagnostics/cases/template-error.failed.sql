-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount > {{ 1 / 0 }} as is_large
from {{ source('shop', 'payments') }}
-- @diagnostics
error[template-error]: the template failed: ZeroDivisionError: division by zero
  --> features/v.sql:3:26
   |
 3 | select user_id, amount > {{ 1 / 0 }} as is_large
   |                          ^^^^^^^^^^^
