-- @model
{{ config(entity='user') }}

select w.n
from {{ request() }} as r
left join {{ ref('w') }} as w using (user_id)
-- @model w
{{ config(entity=['user', 'store'], ttl='1 day') }}

select user_id, store_id, count(*) as n
from {{ source('shop', 'payments') }}
group by user_id, store_id
-- @diagnostics
error[entity-key-missing]: the join to 'w' does not say which store_id is meant
  --> features/v.sql:5:11
   |
 5 | left join {{ ref('w') }} as w using (user_id)
   |           ^^^^^^^^^^^^^^^^^^^
  help: join with USING (user_id, store_id)
