-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, sum(amount) over w as total
from {{ source('shop', 'payments') }}
-- @diagnostics
error[unknown-column]: there is no window called 'w'
  --> features/v.sql:3:34
   |
 3 | select user_id, sum(amount) over w as total
   |                                  ^
  help: add WINDOW w AS (...) after the FROM clause
