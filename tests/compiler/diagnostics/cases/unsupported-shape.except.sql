-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (
    select user_id from {{ source('shop', 'payments') }}
    except
    select user_id from {{ source('shop', 'refunds') }}
)

select user_id, count(*) as n from a group by user_id
-- @diagnostics
