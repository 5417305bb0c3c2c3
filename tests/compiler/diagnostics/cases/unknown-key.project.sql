-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @project
name: shop
features-paths: [features]
-- @diagnostics
