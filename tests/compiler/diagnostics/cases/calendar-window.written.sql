-- @model
{{ config(entity='user') }}

select
    user_id,
    count(*) filter (where paid_at >= as_of() - interval '3 months') as n
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[calendar-window]: the length of a month, quarter or year changes, so a window cannot have it
  --> features/v.sql:5:28
   |
 5 |     count(*) filter (where paid_at >= as_of() - interval '3 months') as n
   |                            ^^^^^^^^^^^^^^^^^^
  help: write {{ last('90 days') }}, or interval '90 days'
