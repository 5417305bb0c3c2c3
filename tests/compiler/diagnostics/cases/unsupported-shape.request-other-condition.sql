-- @model
{{ config(entity='user') }}

select w.amount
from {{ request() }} as r
left join {{ ref('w') }} as w on w.user_id = r.user_id and w.amount > 0
-- @model w
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[unsupported-shape]: a join to a view says which field of the request is its key, and nothing else
  --> features/v.sql:5:60
   |
 5 | left join {{ ref('w') }} as w on w.user_id = r.user_id and w.amount > 0
   |                                                            ^^^^^^^^^^^^
  help: write ON w.user_id = r.<field>
