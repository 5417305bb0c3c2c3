-- @model
{{ config(entity='user', ttl='1 day') }}

with p as (select * from {{ source('shop', 'payments') }})

select a.user_id, b.amount
from p as a
join p as b on a.user_id = b.user_id and b.paid_at < a.paid_at
-- @diagnostics
