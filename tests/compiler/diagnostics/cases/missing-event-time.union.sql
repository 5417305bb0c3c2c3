-- @model
{{ config(entity='user', ttl='1 day') }}

with a as (
    select store_id from {{ source('shop', 'payments') }}
    union all
    select store_id from {{ source('shop', 'stores') }}
)

select 1 as user_id, store_id from a
-- @diagnostics
error[missing-event-time]: every query of a UNION ALL needs a timed source, or rows have no moment
  --> features/v.sql:4:12
   |
 4 |     select store_id from {{ source('shop', 'payments') }}
   |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: join the static source to the timed one instead
