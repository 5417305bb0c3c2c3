-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    current_date - paid_at::date as days, -- not current_date at all
    current_timestamp as at,
    localtimestamp as here
from {{ source('shop', 'payments') }}
where paid_at::date < current_date
-- @diagnostics
error[nondeterministic-function]: current_date() differs between training and serving
  --> features/v.sql:5:5
   |
 5 |     current_date - paid_at::date as days, -- not current_date at all
   |     ^^^^^^^^^^^^
  help: write as_of(), the moment for which the feature is computed

error[nondeterministic-function]: current_timestamp() differs between training and serving
  --> features/v.sql:6:5
   |
 6 |     current_timestamp as at,
   |     ^^^^^^^^^^^^^^^^^
  help: write as_of(), the moment for which the feature is computed

error[nondeterministic-function]: localtimestamp() differs between training and serving
  --> features/v.sql:7:5
   |
 7 |     localtimestamp as here
   |     ^^^^^^^^^^^^^^
  help: write as_of(), the moment for which the feature is computed

error[nondeterministic-function]: current_date() differs between training and serving
  --> features/v.sql:9:23
   |
 9 | where paid_at::date < current_date
   |                       ^^^^^^^^^^^^
  help: write as_of(), the moment for which the feature is computed
