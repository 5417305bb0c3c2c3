-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    amunt,
    colour
from {{ source('shop', 'payments') }}
-- @diagnostics
