-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, r.amount as refund
from {{ source('shop', 'payments') }} as p
left join {{ source('shop', 'refunds') }} as r on p.user_id = r.user_id
-- @diagnostics
error[untimed-join]: a plain join of two timed relations pairs rows of 'p' with rows of 'r' of any time
  --> features/v.sql:5:11
   |
 5 | left join {{ source('shop', 'refunds') }} as r on p.user_id = r.user_id
   |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: use ASOF LEFT JOIN, or make two views and join them in a request view
