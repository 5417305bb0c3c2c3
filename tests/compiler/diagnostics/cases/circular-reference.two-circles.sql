-- @model
{{ config(entity='user') }}

select o.x
from {{ request() }} as r
left join {{ ref('v') }} as o using (user_id)
-- @model w
{{ config(entity='user') }}

select o.x
from {{ request() }} as r
left join {{ ref('u') }} as o using (user_id)
-- @model u
{{ config(entity='user') }}

select o.x
from {{ request() }} as r
left join {{ ref('w') }} as o using (user_id)
-- @diagnostics
error[circular-reference]: views refer to each other in a circle: u -> w -> u
  --> features/u.sql:5:11
   |
 5 | left join {{ ref('w') }} as o using (user_id)
   |           ^^^^^^^^^^^^^^^^^^^
  help: move what they share into a view that both refer to

error[circular-reference]: the view refers to itself
  --> features/v.sql:5:11
   |
 5 | left join {{ ref('v') }} as o using (user_id)
   |           ^^^^^^^^^^^^^^^^^^^
  help: read its sources instead, or move a part of it into a view of its own

error[circular-reference]: views refer to each other in a circle: u -> w -> u
  --> features/w.sql:5:11
   |
 5 | left join {{ ref('u') }} as o using (user_id)
   |           ^^^^^^^^^^^^^^^^^^^
  help: move what they share into a view that both refer to
