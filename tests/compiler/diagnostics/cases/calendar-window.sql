-- @model
{{ config(entity='user') }}

select
    user_id,
    count(*) filter (where {{ last('1 month') }}) as n
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[calendar-window]: last('1 month'): the length of a month, quarter or year changes, so a window cannot have it
  --> features/v.sql:5:28
   |
 5 |     count(*) filter (where {{ last('1 month') }}) as n
   |                            ^^^^^^^^^^^^^^^^^^^^^
  help: write last('30 days')
