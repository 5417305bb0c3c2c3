-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    list(distinct status) as statuses,
    string_agg(distinct status, ', ') as text,
    list(distinct status order by status) as fine
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[no-total-order]: distinct values have lost the order of their rows
  --> features/v.sql:5:5
   |
 5 |     list(distinct status) as statuses,
   |     ^^^^^^^^^^^^^^^^^^^^^
  help: order by the value itself: list(distinct x order by x)

error[no-total-order]: distinct values have lost the order of their rows
  --> features/v.sql:6:25
   |
 6 |     string_agg(distinct status, ', ') as text,
   |                         ^^^^^^^^^^^^
  help: order by the value itself: string_agg(distinct x order by x)
