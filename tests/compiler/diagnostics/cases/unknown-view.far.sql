-- @model
{{ config(entity='user') }}

select s.total, t.n
from {{ request() }} as r
left join {{ ref('spendings') }} as s using (user_id)
left join {{ ref('nothing_like_it') }} as t using (user_id)
-- @diagnostics
error[unknown-view]: there is no feature view 'spendings'
  --> features/v.sql:5:11
   |
 5 | left join {{ ref('spendings') }} as s using (user_id)
   |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: a view is a .sql file in the features folder

error[unknown-view]: there is no feature view 'nothing_like_it'
  --> features/v.sql:6:11
   |
 6 | left join {{ ref('nothing_like_it') }} as t using (user_id)
   |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: a view is a .sql file in the features folder
