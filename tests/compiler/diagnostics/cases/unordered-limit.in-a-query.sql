-- @model
{{ config(entity='user', ttl='1 day') }}

with newest as (
    select user_id, amount, paid_at
    from {{ source('shop', 'payments') }}
    order by paid_at desc
    limit 10
)

select user_id, sum(amount) as total from newest group by user_id
-- @diagnostics
error[unsupported-shape]: rows of a pipeline have no order
  --> features/v.sql:6:14
   |
 6 |     order by paid_at desc
   |              ^^^^^^^
  help: drop ORDER BY, or write it inside the aggregate or the window

error[unordered-limit]: LIMIT keeps some rows and not others, and which ones changes as rows arrive
  --> features/v.sql:7:11
   |
 7 |     limit 10
   |           ^^
  help: filter with WHERE, or take the first and last of an entity with first(), last() or a latest view
