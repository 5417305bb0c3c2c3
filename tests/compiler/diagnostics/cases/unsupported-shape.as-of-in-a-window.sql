-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    sum(amount) over (partition by user_id, paid_at > as_of() - interval '1 hour' order by paid_at) as total
from {{ source('shop', 'payments') }}
-- @diagnostics
