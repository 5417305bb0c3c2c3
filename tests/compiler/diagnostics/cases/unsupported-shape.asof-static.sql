-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, s.country
from {{ source('shop', 'payments') }} as p
asof left join {{ source('shop', 'stores') }} as s on p.store_id = s.store_id and p.paid_at >= s.opened_on
-- @diagnostics
error[unsupported-shape]: ASOF JOIN needs an event time on both sides, and 's' is static
  --> features/v.sql:5:16
   |
 5 | asof left join {{ source('shop', 'stores') }} as s on p.store_id = s.store_id and p.paid_at >= s.opened_on
   |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: use LEFT JOIN, by the whole primary_key of the static source
