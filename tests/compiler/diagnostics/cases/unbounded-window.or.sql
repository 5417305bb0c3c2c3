-- @model
{{ config(entity='user') }}

select
    user_id,
    count(*) filter (where {{ last('7 days') }} or status = 'settled') as n
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[unbounded-window]: this aggregate has no window, so it would need all rows for ever
  --> features/v.sql:5:5
   |
 5 |     count(*) filter (where {{ last('7 days') }} or status = 'settled') as n
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: write filter (where {{ last('7 days') }}), or give the view a ttl
