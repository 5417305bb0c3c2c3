-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, max(columns(*)) as most
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[unsupported-shape]: COLUMNS() chooses columns by a pattern
  --> features/v.sql:3:21
   |
 3 | select user_id, max(columns(*)) as most
   |                     ^^^^^^^^^^
  help: name the columns
