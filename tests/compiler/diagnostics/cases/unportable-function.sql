-- @dialect spark
-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    hash(status) % 100                     as bucket,
    upper(status)                          as shouted
from {{ source('shop', 'payments') }}
where atan2(amount, 2.0) > 1
-- @diagnostics
error[unportable-function]: on spark: hash(ANY...): its value is DuckDB's own, and changes with its release
  --> features/v.sql:5:5
   |
 5 |     hash(status) % 100                     as bucket,
   |     ^^^^^^^^^^^^
  help: use md5 or sha256

error[unportable-function]: on spark: atan2(DOUBLE, DOUBLE): engines differ in whether -0.0 is 0.0 to it, which turns the angle around
  --> features/v.sql:8:7
   |
 8 | where atan2(amount, 2.0) > 1
   |       ^^^^^^^^^^^^^^^^^^
  help: use atan(y / x) with a CASE for x = 0
