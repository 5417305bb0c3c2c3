-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, r.amount as refund
from {{ source('shop', 'payments') }} as p
asof left join {{ source('shop', 'refunds') }} as r
    on p.user_id = r.user_id and p.paid_at <= r.refunded_at
-- @diagnostics
error[future-leakage]: this ASOF JOIN picks a row that happens later
  --> features/v.sql:6:34
   |
 6 |     on p.user_id = r.user_id and p.paid_at <= r.refunded_at
   |                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: write ON p.key = r.key AND p.paid_at >= r.refunded_at
