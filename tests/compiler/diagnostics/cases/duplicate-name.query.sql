-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (select * from {{ source('shop', 'payments') }}),

a as (select * from {{ source('shop', 'refunds') }})

select user_id, amount from a
-- @diagnostics
error[duplicate-name]: there are two queries called 'a'
  --> features/v.sql:5:1
   |
 5 | a as (select * from {{ source('shop', 'refunds') }})
   | ^
  help: rename one
