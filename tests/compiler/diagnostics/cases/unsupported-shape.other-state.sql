-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }} at (timestamp => timestamp '2026-01-01')
-- @diagnostics
