-- @model
{{ config(entity='user', ttl='1 day') }}

with a(amount, user_id) as (
    select user_id, amount from {{ source('shop', 'payments') }}
)

select user_id, amount from a
-- @diagnostics
