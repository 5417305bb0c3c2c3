-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id from {{ source('shop', 'payments') }}
-- @diagnostics
