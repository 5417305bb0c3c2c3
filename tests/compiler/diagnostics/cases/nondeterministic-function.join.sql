-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, s.country
from {{ source('shop', 'payments') }} as p
left join {{ source('shop', 'stores') }} as s on p.store_id = s.store_id and random() < 0.5
-- @diagnostics
error[nondeterministic-function]: random() differs between training and serving
  --> features/v.sql:5:78
   |
 5 | left join {{ source('shop', 'stores') }} as s on p.store_id = s.store_id and random() < 0.5
   |                                                                              ^^^^^^^^
  help: compute it upstream and store it as a column of the source
