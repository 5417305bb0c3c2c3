-- @model
{{ config(entity='user') }}

select s.total
from {{ request() }} as r
left join {{ ref('spending') }} as s using (user_id)
-- @model spendings
{{ config(entity='user', ttl='1 day') }}

select user_id, sum(amount) as total
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[unknown-view]: there is no feature view 'spending'
  --> features/v.sql:5:11
   |
 5 | left join {{ ref('spending') }} as s using (user_id)
   |           ^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: did you mean 'spendings'?
