-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (
    select user_id, amount from {{ source('shop', 'orders') }}
)

select a.user_id, b.country
from a
left join {{ source('geo', 'countries') }} as b on a.amount = b.id
-- @diagnostics
