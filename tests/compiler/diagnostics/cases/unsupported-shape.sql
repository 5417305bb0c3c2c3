-- @model
{{ config(entity='user', ttl='1 day') }}

with daily as (
    select user_id, date_trunc('day', paid_at) as day, sum(amount) as total
    from {{ source('shop', 'payments') }}
    group by user_id, day
)

select user_id, max(total) as best_day from daily group by user_id
-- @diagnostics
error[unsupported-shape]: an aggregate over the rows of a pipeline would read all time
  --> features/v.sql:4:56
   |
 4 |     select user_id, date_trunc('day', paid_at) as day, sum(amount) as total
   |                                                        ^^^^^^^^^^^
  help: aggregate in the SELECT list of the outermost SELECT, with a window

error[unsupported-shape]: GROUP BY in a step of the pipeline would aggregate over all time
  --> features/v.sql:6:14
   |
 6 |     group by user_id, day
   |              ^^^^^^^^^^^^
  help: aggregate in the outermost SELECT
