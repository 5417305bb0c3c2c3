-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (
    select p.user_id, rate, row_number() over (partition by p.user_id order by paid_at) as number
    from {{ source('shop', 'payments') }} as p
    cross join {{ source('shop', 'rates') }}
)

select user_id, sum(rate * number) as total from a group by user_id
-- @diagnostics
error[no-total-order]: rows of equal event time have no order here, so the value would be a coin toss
  --> features/v.sql:4:29
   |
 4 |     select p.user_id, rate, row_number() over (partition by p.user_id order by paid_at) as number
   |                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: join it by its whole primary_key, which its source must declare, so that a row finds one partner
