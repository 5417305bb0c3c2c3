-- @model
{{ config(entity='user', ttl='1 day') }}

with recent as (
    select user_id, amount from {{ source('shop', 'payments') }} where {{ last('1 hour') }}
)

select user_id, sum(amount) as total from recent group by user_id
-- @diagnostics
