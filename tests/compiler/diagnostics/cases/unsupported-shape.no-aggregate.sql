-- @model
{{ config(entity='user', ttl='30 days') }}

select
    user_id,
    user_id * 2 as twice
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[unsupported-shape]: no feature of this view is an aggregate of its rows
  --> features/v.sql:5:5
   |
 5 |     user_id * 2 as twice
   |     ^^^^^^^^^^^^^^^^^^^^
  help: add one, such as count(*) filter (where {{ last('7 days') }}), or leave out GROUP BY
