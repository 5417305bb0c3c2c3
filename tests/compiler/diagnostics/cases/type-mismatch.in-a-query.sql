-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (
    select user_id, amount + status as total
    from {{ source('shop', 'payments') }}
)

select user_id, total from a
-- @diagnostics
error[type-mismatch]: no function matches the given name and argument types '+(DOUBLE, VARCHAR)'
  --> features/v.sql:4:21
   |
 4 |     select user_id, amount + status as total
   |                     ^^^^^^^^^^^^^^^
  help: check the declared data_type of the columns, or write an explicit CAST
