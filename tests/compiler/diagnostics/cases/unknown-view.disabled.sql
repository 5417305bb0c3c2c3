-- @model
{{ config(entity='user') }}

select s.total
from {{ request() }} as r
left join {{ ref('spending') }} as s using (user_id)
-- @model spending
{{ config(entity='user', ttl='1 day', enabled=false) }}

select user_id, sum(amount) as total
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[unknown-view]: the feature view 'spending' is disabled
  --> features/v.sql:5:11
   |
 5 | left join {{ ref('spending') }} as s using (user_id)
   |           ^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: drop enabled=false from its config
