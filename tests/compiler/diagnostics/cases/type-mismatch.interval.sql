-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, paid_at - timestamp '2026-01-01' as since, interval '1 hour' as step
from {{ source('shop', 'payments') }}
-- @diagnostics
error[type-mismatch]: since has the type INTERVAL, which no feature and no stored row can have
  --> features/v.sql:3:17
   |
 3 | select user_id, paid_at - timestamp '2026-01-01' as since, interval '1 hour' as step
   |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: cast it to boolean, integer, bigint, double, decimal, varchar, date, timestamp or a list of these

error[type-mismatch]: step has the type INTERVAL, which no feature and no stored row can have
  --> features/v.sql:3:81
   |
 3 | select user_id, paid_at - timestamp '2026-01-01' as since, interval '1 hour' as step
   |                                                                                 ^^^^
  help: cast it to boolean, integer, bigint, double, decimal, varchar, date, timestamp or a list of these
