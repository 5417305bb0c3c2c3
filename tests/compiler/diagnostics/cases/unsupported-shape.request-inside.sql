-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (select * from {{ request() }})

select user_id from a
-- @diagnostics
error[unsupported-shape]: request() is not the first relation of the outermost SELECT here
  --> features/v.sql:3:26
   |
 3 | with a as (select * from {{ request() }})
   |                          ^^^^^^^^^^^^^^^
  help: write from {{ request() }} as r, and join the views to it
