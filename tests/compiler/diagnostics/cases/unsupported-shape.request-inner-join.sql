-- @model
{{ config(entity='user') }}

select w.amount
from {{ request() }} as r
join {{ ref('w') }} as w using (user_id)
-- @model w
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[unsupported-shape]: every request gets an answer, so its joins are LEFT JOINs
  --> features/v.sql:5:6
   |
 5 | join {{ ref('w') }} as w using (user_id)
   |      ^^^^^^^^^^^^^^^^^^^
  help: write left join {{ ref('w') }}
