-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, r.amount as refund
from {{ source('shop', 'payments') }} as p
asof left join {{ source('shop', 'refunds') }} as r using (user_id)
-- @diagnostics
error[unsupported-shape]: ASOF JOIN with USING hides which times are compared
  --> features/v.sql:5:16
   |
 5 | asof left join {{ source('shop', 'refunds') }} as r using (user_id)
   |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: write ON p.key = r.key AND p.paid_at >= r.refunded_at
