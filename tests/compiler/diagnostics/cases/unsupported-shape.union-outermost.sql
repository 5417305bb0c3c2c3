-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
union all
select user_id, amount from {{ source('shop', 'refunds') }}
-- @diagnostics
error[unsupported-shape]: the outermost query of a view is one SELECT
  --> features/v.sql:3:8
   |
 3 | select user_id, amount from {{ source('shop', 'payments') }}
   |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: move the UNION ALL into a CTE and select from it
