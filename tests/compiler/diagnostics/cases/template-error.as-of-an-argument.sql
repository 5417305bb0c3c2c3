-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, date_diff('day', paid_at, {{ as_of('2026-01-01') }}) as days
from {{ source('shop', 'payments') }}
-- @diagnostics
error[template-error]: as_of() takes no argument: it is the moment that is asked for
  --> features/v.sql:3:43
   |
 3 | select user_id, date_diff('day', paid_at, {{ as_of('2026-01-01') }}) as days
   |                                           ^^^^^^^^^^^^^^^^^^^^^^^^^
  help: write as_of()
