-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount from {{ sorce('shop', 'payments') }}
-- @diagnostics
error[undefined-variable]: 'sorce' is not defined
  --> features/v.sql:3:32
   |
 3 | select user_id, amount from {{ sorce('shop', 'payments') }}
   |                                ^^^^^
  help: did you mean 'source'?
