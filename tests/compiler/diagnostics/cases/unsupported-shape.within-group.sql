-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, percentile_cont(0.5) within group (order by amount) as middle
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
