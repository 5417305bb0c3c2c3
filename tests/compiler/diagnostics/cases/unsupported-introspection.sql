-- @model
{{ config(entity='user', ttl='1 day') }}

{% set stores = run_query('select store_id from stores') %}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
