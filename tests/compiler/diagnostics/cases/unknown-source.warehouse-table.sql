-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from main.payments
-- @diagnostics
error[unknown-source]: 'main.payments' is neither a source nor a CTE of this model
  --> features/v.sql:3:29
   |
 3 | select user_id, amount from main.payments
   |                             ^^^^^^^^^^^^^
  help: read warehouse tables with {{ source('name', 'table') }}, so that their time rules are known
