-- @model
{{ config(entity=['user', 'merchant']) }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
