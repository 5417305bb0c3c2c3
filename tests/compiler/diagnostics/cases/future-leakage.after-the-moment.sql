-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    count(*) filter (where paid_at > as_of()) as future_payments
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[future-leakage]: this window begins at or after the moment, and nothing there has happened yet
  --> features/v.sql:5:28
   |
 5 |     count(*) filter (where paid_at > as_of()) as future_payments
   |                            ^^^^^^^^^^^^^^^^^
  help: windows look back: write {{ last('1 hour') }}
