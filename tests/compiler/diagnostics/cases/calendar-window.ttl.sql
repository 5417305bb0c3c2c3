-- @model
{{ config(
    entity='user',
    ttl='1 year',
    refresh='1 month',
) }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[calendar-window]: ttl='1 year': the length of a month, quarter or year changes
  --> features/v.sql:3:5
   |
 3 |     ttl='1 year',
   |     ^^^
  help: write ttl='365 days'

error[calendar-window]: refresh='1 month': the length of a month, quarter or year changes
  --> features/v.sql:4:5
   |
 4 |     refresh='1 month',
   |     ^^^^^^^
  help: write refresh='30 days'
