-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ ref('w') }}
-- @model w
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
