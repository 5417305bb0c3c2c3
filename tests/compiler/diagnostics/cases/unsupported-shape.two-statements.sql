-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }};

select user_id, status from {{ source('shop', 'payments') }}
-- @diagnostics
