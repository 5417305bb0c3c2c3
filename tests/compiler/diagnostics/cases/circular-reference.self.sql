-- @model
{{ config(entity='user') }}

select o.x
from {{ request() }} as r
left join {{ ref('v') }} as o using (user_id)
-- @diagnostics
error[circular-reference]: the view refers to itself
  --> features/v.sql:5:11
   |
 5 | left join {{ ref('v') }} as o using (user_id)
   |           ^^^^^^^^^^^^^^^^^^^
  help: read its sources instead, or move a part of it into a view of its own
