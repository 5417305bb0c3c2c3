-- @model
{{ config(entity='user', ttl='1 day') }}

select *
from {{ source('shop', 'payments') }}
pivot (sum(amount) for status in ('settled', 'declined'))
-- @diagnostics
error[unsupported-shape]: PIVOT aggregates over all time
  --> features/v.sql:5:8
   |
 5 | pivot (sum(amount) for status in ('settled', 'declined'))
   |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: write one filtered aggregate a column
