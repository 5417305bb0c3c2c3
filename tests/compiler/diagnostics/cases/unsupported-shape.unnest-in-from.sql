-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, x
from {{ source('shop', 'payments') }}
cross join unnest([1, 2]) as t(x)
-- @diagnostics
error[unsupported-shape]: unnest() makes several rows of one, and nothing orders them
  --> features/v.sql:5:20
   |
 5 | cross join unnest([1, 2]) as t(x)
   |                    ^^^^^^^^^^^^^
  help: reduce the list where it is: list_sum(), list_filter(), list_transform()
