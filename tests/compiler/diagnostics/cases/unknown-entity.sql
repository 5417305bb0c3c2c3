-- @model
{{ config(entity='usr') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[unknown-entity]: there is no entity 'usr'
  --> features/v.sql:1:11
   |
 1 | {{ config(entity='usr') }}
   |           ^^^^^^
  help: did you mean 'user'?
