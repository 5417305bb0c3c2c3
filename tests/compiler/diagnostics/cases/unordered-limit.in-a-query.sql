-- @model
{{ config(entity='user', ttl='1 day') }}

with newest as (
    select user_id, amount, paid_at
    from {{ source('shop', 'payments') }}
    order by paid_at desc
    limit 10
)

select user_id, sum(amount) as total from newest group by user_id
-- @diagnostics
