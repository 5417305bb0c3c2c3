-- @model
{{ config(entity='user') }}

select p.amount
from {{ request() }} as r
left join {{ source('shop', 'payments') }} as p using (user_id)
-- @diagnostics
error[unsupported-shape]: a request view joins other views only
  --> features/v.sql:5:11
   |
 5 | left join {{ source('shop', 'payments') }} as p using (user_id)
   |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: write left join {{ ref('view') }} as v using (key)
