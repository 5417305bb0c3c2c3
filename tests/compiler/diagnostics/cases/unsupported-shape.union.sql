-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (
    select user_id, amount from {{ source('shop', 'payments') }}
    union
    select user_id, amount from {{ source('shop', 'refunds') }}
)

select user_id, sum(amount) as total from a group by user_id
-- @diagnostics
error[unsupported-shape]: UNION compares rows with each other, whenever they become known
  --> features/v.sql:4:12
   |
 4 |     select user_id, amount from {{ source('shop', 'payments') }}
   |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: write UNION ALL; to count events once, give the source a primary_key
