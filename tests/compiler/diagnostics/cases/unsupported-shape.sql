-- @model
{{ config(entity='user', ttl='1 day') }}

with daily as (
    select user_id, date_trunc('day', paid_at) as day, sum(amount) as total
    from {{ source('shop', 'payments') }}
    group by user_id, day
)

select user_id, max(total) as best_day from daily group by user_id
-- @diagnostics
