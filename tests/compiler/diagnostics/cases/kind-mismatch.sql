-- @model
{{ config(entity='user', kind='aggregate') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[kind-mismatch]: config says kind='aggregate', and the query is of kind 'latest'
  --> features/v.sql:1:26
   |
 1 | {{ config(entity='user', kind='aggregate') }}
   |                          ^^^^
  help: latest: no aggregates; aggregate: GROUP BY the keys; request: FROM {{ request() }}
