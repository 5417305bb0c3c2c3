-- @model
{{ config(entity='user', tll='1 day') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[unknown-key]: 'tll' is not a setting of a feature view
  --> features/v.sql:1:26
   |
 1 | {{ config(entity='user', tll='1 day') }}
   |                          ^^^
  help: did you mean 'ttl'?
