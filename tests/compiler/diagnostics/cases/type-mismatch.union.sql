-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (
    select user_id, amount from {{ source('shop', 'payments') }}
    union all
    select user_id, amount, refund_id from {{ source('shop', 'refunds') }}
)

select user_id, sum(amount) as total from a group by user_id
-- @diagnostics
error[type-mismatch]: the queries of this UNION ALL have 2 and 3 columns
  --> features/v.sql:4:12
   |
 4 |     select user_id, amount from {{ source('shop', 'payments') }}
   |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: select the same columns in each, in the same order
