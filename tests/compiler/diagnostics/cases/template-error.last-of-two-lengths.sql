-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, count(*) filter (where {{ last('1 hour', '2 hours') }}) as n
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[template-error]: last() takes one length of time
  --> features/v.sql:3:40
   |
 3 | select user_id, count(*) filter (where {{ last('1 hour', '2 hours') }}) as n
   |                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: a window ends at the moment: write last('1 hour')
