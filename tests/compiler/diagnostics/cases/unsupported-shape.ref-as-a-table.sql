-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ ref('w') }}
-- @model w
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[unsupported-shape]: ref('w') is a value at a moment, not a table of rows
  --> features/v.sql:3:29
   |
 3 | select user_id, amount from {{ ref('w') }}
   |                             ^^^^^^^^^^^^^^
  help: join views in a request view: from {{ request() }} as r left join {{ ref('...') }} as v using (key)
