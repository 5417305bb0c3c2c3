-- @model
{{ config(entity='user', ttl='1 day') }}

select p.user_id, s.country
from {{ source('shop', 'payments') }} as p
left join {{ source('shop', 'stores') }} as s on p.store_id = s.store_id and s.opened_on < {{ as_of() }}
-- @diagnostics
error[unsupported-shape]: as_of() is not known yet while rows are prepared
  --> features/v.sql:5:92
   |
 5 | left join {{ source('shop', 'stores') }} as s on p.store_id = s.store_id and s.opened_on < {{ as_of() }}
   |                                                                                            ^^^^^^^^^^^^^
  help: use it in the SELECT list, the FILTERs or the WHERE of the outermost SELECT
