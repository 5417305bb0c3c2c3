-- @model
{{ config(entity='user', plan='window_union') }}

select user_id, last(amount) filter (where {{ last('1 hour') }}) as last_amount
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
