-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, count(*) as n from {{ source('shop', 'payments') }}
-- @diagnostics
error[entity-key-missing]: aggregates without GROUP BY are about no entity
  --> features/v.sql:3:8
   |
 3 | select user_id, count(*) as n from {{ source('shop', 'payments') }}
   |        ^^^^^^^
  help: add GROUP BY user_id
