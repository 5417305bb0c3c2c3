-- @model
{{ config(entity='user') }}

select p.amount
from {{ request() }} as r
left join {{ source('shop', 'payments') }} as p using (user_id)
-- @diagnostics
