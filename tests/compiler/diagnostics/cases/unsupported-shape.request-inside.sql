-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (select * from {{ request() }})

select user_id from a
-- @diagnostics
