-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, x
from {{ source('shop', 'payments') }}
cross join unnest([1, 2]) as t(x)
-- @diagnostics
