-- @model
{{ config(entity='user', ttl='1 day') }}

with recursive a as (
    select user_id, amount from {{ source('shop', 'payments') }}
    union all
    select user_id, amount from a
)

select user_id, amount from a
-- @diagnostics
