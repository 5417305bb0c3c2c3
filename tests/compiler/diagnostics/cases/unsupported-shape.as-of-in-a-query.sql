-- @model
{{ config(entity='user', ttl='1 day') }}

with recent as (
    select user_id, amount from {{ source('shop', 'payments') }} where {{ last('1 hour') }}
)

select user_id, sum(amount) as total from recent group by user_id
-- @diagnostics
error[unsupported-shape]: as_of() is not known yet while rows are prepared
  --> features/v.sql:4:72
   |
 4 |     select user_id, amount from {{ source('shop', 'payments') }} where {{ last('1 hour') }}
   |                                                                        ^^^^^^^^^^^^^^^^^^^^
  help: use it in the SELECT list, the FILTERs or the WHERE of the outermost SELECT
