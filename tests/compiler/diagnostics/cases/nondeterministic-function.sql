-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, date_diff('day', paid_at, now()) as days
from {{ source('shop', 'payments') }}
-- @diagnostics
error[nondeterministic-function]: now() differs between training and serving
  --> features/v.sql:3:43
   |
 3 | select user_id, date_diff('day', paid_at, now()) as days
   |                                           ^^^^^
  help: write as_of(), the moment for which the feature is computed
