-- @model
{{ config(entity='usr') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
