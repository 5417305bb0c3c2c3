-- @model
{{ config(entity='user', request={'n': 'bigint'}) }}

select w.n as payments
from {{ request() }} as r
left join {{ ref('w') }} as w using (user_id, n)
-- @model w
{{ config(entity='user', ttl='1 day') }}

select user_id, count(*) as n from {{ source('shop', 'payments') }} group by user_id
-- @diagnostics
error[unsupported-shape]: 'n' is no key of 'w', by which it could be joined
  --> features/v.sql:5:47
   |
 5 | left join {{ ref('w') }} as w using (user_id, n)
   |                                               ^
  help: join with USING (user_id)
