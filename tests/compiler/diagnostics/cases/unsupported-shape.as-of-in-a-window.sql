-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    sum(amount) over (partition by user_id, paid_at > as_of() - interval '1 hour' order by paid_at) as total
from {{ source('shop', 'payments') }}
-- @diagnostics
error[unsupported-shape]: as_of() is not known yet while rows are prepared
  --> features/v.sql:5:55
   |
 5 |     sum(amount) over (partition by user_id, paid_at > as_of() - interval '1 hour' order by paid_at) as total
   |                                                       ^^^^^^^
  help: use it in the SELECT list, the FILTERs or the WHERE of the outermost SELECT
