-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (
    select user_id, amount from {{ source('shop', 'orders') }}
)

select a.user_id, b.country
from a
left join {{ source('geo', 'countries') }} as b on a.amount = b.id
-- @diagnostics
error[unknown-source]: there is no source 'shop.orders'
  --> features/v.sql:4:33
   |
 4 |     select user_id, amount from {{ source('shop', 'orders') }}
   |                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: did you mean 'shop.stores'?

error[unknown-source]: there is no source 'geo.countries'
  --> features/v.sql:9:11
   |
 9 | left join {{ source('geo', 'countries') }} as b on a.amount = b.id
   |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: declare it under 'sources:' in a YAML file of the features folder
