-- @model
{{ config(entity='user', ttl='1 day') }}

select date_part('day', as_of()) as user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
