-- @model
{{ config(entity='user') }}

select
    user_id,
    count(*) as n,
    max(amount) filter (where status = 'settled') as largest,
    sum(amount) filter (where {{ last('7 days') }}) as total_7d
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[unbounded-window]: this aggregate has no window, so it would need all rows for ever
  --> features/v.sql:5:5
   |
 5 |     count(*) as n,
   |     ^^^^^^^^
  help: write filter (where {{ last('7 days') }}), or give the view a ttl

error[unbounded-window]: this aggregate has no window, so it would need all rows for ever
  --> features/v.sql:6:5
   |
 6 |     max(amount) filter (where status = 'settled') as largest,
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: write filter (where {{ last('7 days') }}), or give the view a ttl
