-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (
    select user_id, store_id as what from {{ source('shop', 'payments') }}
    union all
    select user_id, device from {{ source('shop', 'logins') }}
)

select user_id, first(what) as first_what from a group by user_id
-- @diagnostics
error[no-total-order]: first() depends on the order of rows, and rows of equal event time have none
  --> features/v.sql:9:17
   |
 9 | select user_id, first(what) as first_what from a group by user_id
   |                 ^^^^^^^^^^^
  help: give the source a primary_key or a tie_break
