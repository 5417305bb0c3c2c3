-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    sum(lag(amount) over (partition by user_id order by paid_at)) as total
from {{ source('shop', 'payments') }}
where {{ last('1 hour') }}
group by user_id
-- @diagnostics
