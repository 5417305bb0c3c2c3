-- @model
{{ config(entity='user', ttl='1 day') }}

{% if execute %}
select user_id, amount from {{ source('shop', 'payments') }}
{% endif %}
-- @diagnostics
