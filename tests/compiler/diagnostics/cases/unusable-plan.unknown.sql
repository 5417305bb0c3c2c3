-- @model
{{ config(entity='user', plan='magic') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
