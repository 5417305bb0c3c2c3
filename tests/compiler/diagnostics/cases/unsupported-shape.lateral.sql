-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, l.n
from {{ source('shop', 'payments') }} as p,
    lateral (select count(*) as n from {{ source('shop', 'refunds') }} as r where r.user_id = p.user_id) as l
-- @diagnostics
