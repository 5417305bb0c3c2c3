-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, unnest([amount, 0]) as value from {{ source('shop', 'payments') }}
-- @diagnostics
