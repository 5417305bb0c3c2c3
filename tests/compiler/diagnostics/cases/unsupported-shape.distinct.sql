-- @model
{{ config(entity='user', ttl='1 day') }}

with stores as (
    select distinct user_id, store_id from {{ source('shop', 'payments') }}
)

select user_id, count(*) as stores from stores group by user_id
-- @diagnostics
