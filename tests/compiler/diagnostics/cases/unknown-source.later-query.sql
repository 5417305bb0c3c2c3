-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (select * from b),

b as (select * from {{ source('shop', 'payments') }})

select user_id, amount from a
-- @diagnostics
