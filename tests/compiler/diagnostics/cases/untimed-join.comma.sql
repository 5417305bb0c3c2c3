-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, r.amount
from {{ source('shop', 'payments') }} as p, {{ source('shop', 'refunds') }} as r
where p.user_id = r.user_id
-- @diagnostics
error[untimed-join]: a plain join of two timed relations pairs rows of 'p' with rows of 'r' of any time
  --> features/v.sql:4:45
   |
 4 | from {{ source('shop', 'payments') }} as p, {{ source('shop', 'refunds') }} as r
   |                                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: use ASOF LEFT JOIN, or make two views and join them in a request view
