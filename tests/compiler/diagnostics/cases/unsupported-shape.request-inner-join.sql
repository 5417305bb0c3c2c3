-- @model
{{ config(entity='user') }}

select w.amount
from {{ request() }} as r
join {{ ref('w') }} as w using (user_id)
-- @model w
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
