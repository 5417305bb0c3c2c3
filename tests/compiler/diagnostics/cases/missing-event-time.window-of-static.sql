-- @model
{{ config(entity='user', ttl='1 day') }}

with s as (
    select store_id, row_number() over (order by store_id) as number
    from {{ source('shop', 'stores') }}
)

select user_id, number
from {{ source('shop', 'payments') }} as p
left join s using (store_id)
-- @diagnostics
error[missing-event-time]: a window needs rows with an event time, and static rows have none
  --> features/v.sql:4:22
   |
 4 |     select store_id, row_number() over (order by store_id) as number
   |                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: compute it where the static source is made, and read it as a column
