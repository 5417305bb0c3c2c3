-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    random() as noise,
    uuid() as id,
    list_transform([amount], lambda x: x * random()) as noisy
from {{ source('shop', 'payments') }}
-- @diagnostics
error[nondeterministic-function]: random() differs between training and serving
  --> features/v.sql:5:5
   |
 5 |     random() as noise,
   |     ^^^^^^^^
  help: compute it upstream and store it as a column of the source

error[nondeterministic-function]: uuid() differs between training and serving
  --> features/v.sql:6:5
   |
 6 |     uuid() as id,
   |     ^^^^^^
  help: compute it upstream and store it as a column of the source

error[nondeterministic-function]: random() differs between training and serving
  --> features/v.sql:7:44
   |
 7 |     list_transform([amount], lambda x: x * random()) as noisy
   |                                            ^^^^^^^^
  help: compute it upstream and store it as a column of the source
