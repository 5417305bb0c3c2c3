-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, s.country
from {{ source('shop', 'payments') }} as p
left join {{ source('shop', 'stores') }} as s on s.store_id = (select max(store_id) as m from {{ source('shop', 'stores') }})
-- @diagnostics
error[unsupported-shape]: a subquery in an expression would read rows that are not yet visible
  --> features/v.sql:5:75
   |
 5 | left join {{ source('shop', 'stores') }} as s on s.store_id = (select max(store_id) as m from {{ source('shop', 'stores') }})
   |                                                                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: join a static source, or use ASOF JOIN for a timed one
