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
