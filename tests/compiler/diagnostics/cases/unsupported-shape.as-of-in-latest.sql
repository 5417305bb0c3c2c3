-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }} where {{ last('1 hour') }}
-- @diagnostics
error[unsupported-shape]: a latest view cannot choose its row by the moment
  --> features/v.sql:3:68
   |
 3 | select user_id, amount from {{ source('shop', 'payments') }} where {{ last('1 hour') }}
   |                                                                    ^^^^^^^^^^^^^^^^^^^^
  help: to let a row expire, set ttl; to count or sum within a window, aggregate
