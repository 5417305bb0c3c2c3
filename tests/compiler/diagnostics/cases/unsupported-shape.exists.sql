-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, p.amount
from {{ source('shop', 'payments') }} as p
where exists (select 1 from {{ source('shop', 'refunds') }} as r where r.user_id = p.user_id)
-- @diagnostics
