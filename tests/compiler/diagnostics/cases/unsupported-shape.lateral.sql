-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, l.n
from {{ source('shop', 'payments') }} as p,
    lateral (select count(*) as n from {{ source('shop', 'refunds') }} as r where r.user_id = p.user_id) as l
-- @diagnostics
error[unsupported-shape]: a lateral query would read rows that are not yet visible
  --> features/v.sql:5:21
   |
 5 |     lateral (select count(*) as n from {{ source('shop', 'refunds') }} as r where r.user_id = p.user_id) as l
   |                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: join a static source, or use ASOF JOIN for a timed one
