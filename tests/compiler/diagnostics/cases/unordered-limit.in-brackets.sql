-- @model
{{ config(entity='user', ttl='1 day') }}

with some_rows as ((select user_id, amount from {{ source('shop', 'payments') }}) limit 10)

select user_id, amount from some_rows
-- @diagnostics
error[unordered-limit]: LIMIT keeps some rows and not others, and which ones changes as rows arrive
  --> features/v.sql:3:89
   |
 3 | with some_rows as ((select user_id, amount from {{ source('shop', 'payments') }}) limit 10)
   |                                                                                         ^^
  help: filter with WHERE, or take the first and last of an entity with first(), last() or a latest view
