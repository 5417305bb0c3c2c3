-- @model
{{ config(entity='user', ttl='1 day') }}

with some_rows as ((select user_id, amount from {{ source('shop', 'payments') }}) limit 10)

select user_id, amount from some_rows
-- @diagnostics
