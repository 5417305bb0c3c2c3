-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount
from (select * from {{ source('shop', 'payments') }} offset 5) as p
-- @diagnostics
