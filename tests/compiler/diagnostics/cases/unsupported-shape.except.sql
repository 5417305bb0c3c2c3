-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (
    select user_id from {{ source('shop', 'payments') }}
    except
    select user_id from {{ source('shop', 'refunds') }}
)

select user_id, count(*) as n from a group by user_id
-- @diagnostics
error[unsupported-shape]: EXCEPT compares rows with each other, whenever they become known
  --> features/v.sql:4:12
   |
 4 |     select user_id from {{ source('shop', 'payments') }}
   |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: write UNION ALL; to count events once, give the source a primary_key
