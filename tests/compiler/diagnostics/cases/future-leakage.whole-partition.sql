-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    percent_rank() over (partition by user_id order by paid_at) as share,
    ntile(4) over (partition by user_id order by paid_at) as quarter,
    fill(amount) over (partition by user_id order by paid_at) as filled
from {{ source('shop', 'payments') }}
-- @diagnostics
error[future-leakage]: percent_rank() depends on the whole partition, which includes later rows
  --> features/v.sql:5:5
   |
 5 |     percent_rank() over (partition by user_id order by paid_at) as share,
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: use rank() or a count over an explicit frame

error[future-leakage]: ntile() depends on the whole partition, which includes later rows
  --> features/v.sql:6:5
   |
 6 |     ntile(4) over (partition by user_id order by paid_at) as quarter,
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: use rank() or a count over an explicit frame

error[future-leakage]: fill() depends on the whole partition, which includes later rows
  --> features/v.sql:7:5
   |
 7 |     fill(amount) over (partition by user_id order by paid_at) as filled
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: use rank() or a count over an explicit frame
