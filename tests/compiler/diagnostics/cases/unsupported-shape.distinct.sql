-- @model
{{ config(entity='user', ttl='1 day') }}

with stores as (
    select distinct user_id, store_id from {{ source('shop', 'payments') }}
)

select user_id, count(*) as stores from stores group by user_id
-- @diagnostics
error[unsupported-shape]: DISTINCT compares rows with each other, whenever they become known
  --> features/v.sql:4:21
   |
 4 |     select distinct user_id, store_id from {{ source('shop', 'payments') }}
   |                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: to count an event once, give its source a primary_key
