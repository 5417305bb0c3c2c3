-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, getenv('HOME') as home, current_setting('threads') as threads, session_user as me
from {{ source('shop', 'payments') }}
-- @diagnostics
error[nondeterministic-function]: getenv() differs between training and serving
  --> features/v.sql:3:17
   |
 3 | select user_id, getenv('HOME') as home, current_setting('threads') as threads, session_user as me
   |                 ^^^^^^^^^^^^^^
  help: compute it upstream and store it as a column of the source

error[nondeterministic-function]: current_setting() differs between training and serving
  --> features/v.sql:3:41
   |
 3 | select user_id, getenv('HOME') as home, current_setting('threads') as threads, session_user as me
   |                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: compute it upstream and store it as a column of the source

error[nondeterministic-function]: session_user() differs between training and serving
  --> features/v.sql:3:80
   |
 3 | select user_id, getenv('HOME') as home, current_setting('threads') as threads, session_user as me
   |                                                                                ^^^^^^^^^^^^
  help: compute it upstream and store it as a column of the source
