-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }} at (timestamp => timestamp '2026-01-01')
-- @diagnostics
error[unsupported-shape]: AT reads another state of a source than the one that was known at the moment
  --> features/v.sql:3:89
   |
 3 | select user_id, amount from {{ source('shop', 'payments') }} at (timestamp => timestamp '2026-01-01')
   |                                                                                         ^^^^^^^^^^^^
  help: drop AT; what is visible at as_of() follows from the source's time rules
