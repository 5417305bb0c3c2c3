-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, r.amount as refund
from {{ source('shop', 'payments') }} as p
asof left join {{ source('shop', 'refunds') }} as r on p.user_id = r.user_id and p.amount >= r.amount
-- @diagnostics
error[unsupported-shape]: ASOF JOIN compares the event times of its two sides
  --> features/v.sql:5:82
   |
 5 | asof left join {{ source('shop', 'refunds') }} as r on p.user_id = r.user_id and p.amount >= r.amount
   |                                                                                  ^^^^^^^^^^^^^^^^^^^^
  help: write ON p.key = r.key AND p.paid_at >= r.refunded_at
