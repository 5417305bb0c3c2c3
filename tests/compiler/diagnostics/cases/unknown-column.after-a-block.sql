-- @model
{#
   A comment
   of three lines.
#}
{{ config(
    entity='user',
    ttl='1 day',
) }}
{% set a = 1 %}{% set b = 2 %}

select user_id, {{ a }} as a, {{ b }} as b, amunt
from {{ source('shop', 'payments') }}
-- @diagnostics
error[unknown-column]: there is no column 'amunt'
  --> features/v.sql:11:45
    |
 11 | select user_id, {{ a }} as a, {{ b }} as b, amunt
    |                                             ^^^^^
  help: did you mean 'amount'?
