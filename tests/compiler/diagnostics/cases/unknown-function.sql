-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, lowr(status) as status, frobnicate(amount) as amount
from {{ source('shop', 'payments') }}
-- @diagnostics
