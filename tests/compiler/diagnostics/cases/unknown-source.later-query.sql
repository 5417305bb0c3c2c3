-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (select * from b),

b as (select * from {{ source('shop', 'payments') }})

select user_id, amount from a
-- @diagnostics
error[unknown-source]: 'b' is neither a source nor a CTE of this model
  --> features/v.sql:3:26
   |
 3 | with a as (select * from b),
   |                          ^
  help: read warehouse tables with {{ source('name', 'table') }}, so that their time rules are known
