-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from 'data/payments.parquet'
-- @diagnostics
error[unknown-source]: 'data/payments.parquet' is neither a source nor a CTE of this model
  --> features/v.sql:3:29
   |
 3 | select user_id, amount from 'data/payments.parquet'
   |                             ^^^^^^^^^^^^^^^^^^^^^^^
  help: read warehouse tables with {{ source('name', 'table') }}, so that their time rules are known
