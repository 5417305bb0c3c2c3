-- @model
{{ config(entity='user', ttl='an hour', kind='agregate', online='no', refresh='0 days') }}

select user_id, amount from {{ source('shop', 'payments') }}
-- @diagnostics
error[invalid-value]: ttl: 'an hour' is not a duration
  --> features/v.sql:1:30
   |
 1 | {{ config(entity='user', ttl='an hour', kind='agregate', online='no', refresh='0 days') }}
   |                              ^^^^^^^^^
  help: write a number and a unit, such as '1 hour' or '7 days'

error[invalid-value]: kind: 'agregate' is not one of latest, aggregate, request
  --> features/v.sql:1:41
   |
 1 | {{ config(entity='user', ttl='an hour', kind='agregate', online='no', refresh='0 days') }}
   |                                         ^^^^
  help: did you mean 'aggregate'?

error[invalid-value]: online: true or false is expected, not 'no'
  --> features/v.sql:1:58
   |
 1 | {{ config(entity='user', ttl='an hour', kind='agregate', online='no', refresh='0 days') }}
   |                                                          ^^^^^^

error[invalid-value]: refresh: the interval must be longer than zero
  --> features/v.sql:1:71
   |
 1 | {{ config(entity='user', ttl='an hour', kind='agregate', online='no', refresh='0 days') }}
   |                                                                       ^^^^^^^
  help: write refresh='1 day'
