-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, count(*) as n
from {{ source('shop', 'payments') }}
where paid_at > {{ as_of() }}
group by user_id
-- @diagnostics
error[future-leakage]: this window begins at or after the moment, and nothing there has happened yet
  --> features/v.sql:5:7
   |
 5 | where paid_at > {{ as_of() }}
   |       ^^^^^^^^^^^^^^^^^^^^^^^
  help: windows look back: write {{ last('1 hour') }}
