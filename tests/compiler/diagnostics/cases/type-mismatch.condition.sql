-- @model
{{ config(entity='user', ttl='1 day') }}

with large as (
    select user_id, amount * 2 as twice
    from {{ source('shop', 'payments') }}
    where status > 3
)

select user_id, twice from large
-- @diagnostics
error[type-mismatch]: cannot compare values of type VARCHAR and type INTEGER - an explicit cast is required
  --> features/v.sql:6:11
   |
 6 |     where status > 3
   |           ^^^^^^^^^^
  help: check the declared data_type of the columns, or write an explicit CAST
