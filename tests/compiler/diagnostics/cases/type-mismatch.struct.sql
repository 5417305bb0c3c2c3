-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, list({'a': amount, 's': status}) as pairs
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[type-mismatch]: pairs has the type STRUCT(a DOUBLE, s VARCHAR)[], which no feature and no stored row can have
  --> features/v.sql:3:17
   |
 3 | select user_id, list({'a': amount, 's': status}) as pairs
   |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: cast it to boolean, integer, bigint, double, decimal, varchar, date, timestamp or a list of these
