-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    {{ amunt }} as amount
from {{ source('shop', 'payments') }}
-- @diagnostics
error[undefined-variable]: 'amunt' is not defined
  --> features/v.sql:5:8
   |
 5 |     {{ amunt }} as amount
   |        ^^^^^
  help: define it with {% set %}, as a macro, or read it with var()
