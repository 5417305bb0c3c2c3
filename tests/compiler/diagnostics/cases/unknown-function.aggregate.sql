-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, cuont(*) filter (where {{ last('1 hour') }}) as n,
    1 + summ(amount) as s from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[unknown-function]: there is no function 'cuont'
  --> features/v.sql:3:17
   |
 3 | select user_id, cuont(*) filter (where {{ last('1 hour') }}) as n,
   |                 ^^^^^^^^
  help: did you mean 'count'?

error[unknown-function]: there is no function 'summ'
  --> features/v.sql:4:9
   |
 4 |     1 + summ(amount) as s from {{ source('shop', 'payments') }}
   |         ^^^^^^^^^^^^
  help: did you mean 'sum'?
