-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (
    select user_id, count(*) over (partition by user_id order by visited_at) as number
    from {{ source('shop', 'visits') }}
)

select user_id, max(number) as visits from a group by user_id
-- @diagnostics
error[late-rows-in-window]: rows of this window can become known late or be replaced, so its past would change afterwards
  --> features/v.sql:4:21
   |
 4 |     select user_id, count(*) over (partition by user_id order by visited_at) as number
   |                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: declare the source append_only with a constant delay, or use an aggregate view
