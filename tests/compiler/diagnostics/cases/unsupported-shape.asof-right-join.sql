-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, r.amount
from {{ source('shop', 'payments') }} as p
asof right join {{ source('shop', 'refunds') }} as r on p.user_id = r.user_id and p.paid_at >= r.refunded_at
-- @diagnostics
error[unsupported-shape]: ASOF RIGHT JOIN is not supported
  --> features/v.sql:5:17
   |
 5 | asof right join {{ source('shop', 'refunds') }} as r on p.user_id = r.user_id and p.paid_at >= r.refunded_at
   |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: use ASOF JOIN or ASOF LEFT JOIN, with the rows that the view is about on the left
