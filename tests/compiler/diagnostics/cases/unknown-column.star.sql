-- @model
{{ config(entity='user', ttl='1 day') }}

select * exclude (payment) from {{ source('shop', 'payments') }}
-- @diagnostics
