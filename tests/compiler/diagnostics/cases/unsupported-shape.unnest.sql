-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, unnest([amount, 0]) as value from {{ source('shop', 'payments') }}
-- @diagnostics
error[unsupported-shape]: unnest() makes several rows of one, and nothing orders them
  --> features/v.sql:3:17
   |
 3 | select user_id, unnest([amount, 0]) as value from {{ source('shop', 'payments') }}
   |                 ^^^^^^^^^^^^^^^^^^^
  help: reduce the list where it is: list_sum(), list_filter(), list_transform()
