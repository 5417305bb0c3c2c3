-- @model
{{ config(entity='user') }}

select s.total, t.n
from {{ request() }} as r
left join {{ ref('spendings') }} as s using (user_id)
left join {{ ref('nothing_like_it') }} as t using (user_id)
-- @diagnostics
