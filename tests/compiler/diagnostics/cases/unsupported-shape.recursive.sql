-- @model
{{ config(entity='user', ttl='1 day') }}

with recursive a as (
    select user_id, amount from {{ source('shop', 'payments') }}
    union all
    select user_id, amount from a
)

select user_id, amount from a
-- @diagnostics
error[unsupported-shape]: a recursive query has no row-by-row meaning
  --> features/v.sql:3:16
   |
 3 | with recursive a as (
   |                ^^^^^^
  help: unfold it upstream, and declare the result as a source
