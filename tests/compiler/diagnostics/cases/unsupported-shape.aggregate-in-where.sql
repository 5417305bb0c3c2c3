-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, count(*) as n
from {{ source('shop', 'payments') }}
where amount > avg(amount)
group by user_id
-- @diagnostics
error[unsupported-shape]: an aggregate over the rows of a pipeline would read all time
  --> features/v.sql:5:16
   |
 5 | where amount > avg(amount)
   |                ^^^^^^^^^^^
  help: aggregate in the SELECT list of the outermost SELECT, with a window
