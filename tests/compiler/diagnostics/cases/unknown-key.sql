-- @model
{{ config(entity='user', tll='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
