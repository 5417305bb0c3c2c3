-- @model
{{ config(entity='user', ttl='1 day') }}

insert into payments select 1
-- @diagnostics
error[unsupported-shape]: a model is a SELECT statement, not INSERT
  --> features/v.sql:3:13
   |
 3 | insert into payments select 1
   |             ^^^^^^^^^^^^^^^^^
  help: write SELECT keys, features FROM ...
