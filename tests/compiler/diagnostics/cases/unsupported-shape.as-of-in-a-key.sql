-- @model
{{ config(entity='user', ttl='1 day') }}

select date_part('day', as_of()) as user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[unsupported-shape]: as_of() is not known yet while rows are prepared
  --> features/v.sql:3:25
   |
 3 | select date_part('day', as_of()) as user_id, amount from {{ source('shop', 'payments') }}
   |                         ^^^^^^^
  help: use it in the SELECT list, the FILTERs or the WHERE of the outermost SELECT
