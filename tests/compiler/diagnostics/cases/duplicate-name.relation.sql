-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, country
from {{ source('shop', 'payments') }} as p
left join {{ source('shop', 'stores') }} as p using (store_id)
-- @diagnostics
error[duplicate-name]: two relations of this FROM are called 'p'
  --> features/v.sql:5:11
   |
 5 | left join {{ source('shop', 'stores') }} as p using (store_id)
   |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: give one of them another alias
