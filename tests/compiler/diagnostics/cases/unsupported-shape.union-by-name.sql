-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (
    select user_id, amount from {{ source('shop', 'payments') }}
    union all by name
    select amount, user_id from {{ source('shop', 'refunds') }}
)

select user_id, sum(amount) as total from a group by user_id
-- @diagnostics
