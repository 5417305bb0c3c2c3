-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
union all
select user_id, amount from {{ source('shop', 'refunds') }}
-- @diagnostics
