-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    amount > (select avg(amount) from {{ source('shop', 'payments') }}) as is_large
from {{ source('shop', 'payments') }}
-- @diagnostics
