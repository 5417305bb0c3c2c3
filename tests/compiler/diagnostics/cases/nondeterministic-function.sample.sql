-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (
    select user_id, amount from {{ source('shop', 'payments') }} using sample 10%
)

select user_id, amount from a tablesample 5 rows
-- @diagnostics
error[nondeterministic-function]: a sample differs from one run to the next
  --> features/v.sql:4:79
   |
 4 |     select user_id, amount from {{ source('shop', 'payments') }} using sample 10%
   |                                                                               ^^
  help: drop the sample; to train on fewer rows, sample the spine

error[nondeterministic-function]: a sample differs from one run to the next
  --> features/v.sql:7:43
   |
 7 | select user_id, amount from a tablesample 5 rows
   |                                           ^
  help: drop the sample; to train on fewer rows, sample the spine
