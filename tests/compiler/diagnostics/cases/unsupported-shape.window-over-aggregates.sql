-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    rank() over (order by sum(amount) desc) as place
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
