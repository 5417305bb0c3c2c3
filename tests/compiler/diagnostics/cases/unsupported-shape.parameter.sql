-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount > $1 as is_large, #2 as second from {{ source('shop', 'payments') }}
-- @diagnostics
