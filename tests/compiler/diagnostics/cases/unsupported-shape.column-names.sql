-- @model
{{ config(entity='user', ttl='1 day') }}

with a(amount, user_id) as (
    select user_id, amount from {{ source('shop', 'payments') }}
)

select user_id, amount from a
-- @diagnostics
error[unsupported-shape]: names of columns after an alias are not supported
  --> features/v.sql:3:8
   |
 3 | with a(amount, user_id) as (
   |        ^^^^^^
  help: name the columns where they are selected: expression as name
