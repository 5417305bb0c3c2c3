-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (
    select user_id, amount from {{ source('shop', 'payments') }}
    union all by name
    select amount, user_id from {{ source('shop', 'refunds') }}
)

select user_id, sum(amount) as total from a group by user_id
-- @diagnostics
error[unsupported-shape]: UNION ALL BY NAME is not supported
  --> features/v.sql:4:12
   |
 4 |     select user_id, amount from {{ source('shop', 'payments') }}
   |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: write UNION ALL, and list the columns of each query in the same order
