-- @model
{{ config(entity='user', request={'amount': 'double'}) }}

select sum(amount) as total, row_number() over (order by amount) as number
from {{ request() }}
-- @diagnostics
error[unsupported-shape]: a request view has row-level expressions only
  --> features/v.sql:3:8
   |
 3 | select sum(amount) as total, row_number() over (order by amount) as number
   |        ^^^^^^^^^^^
  help: aggregate in a view of its own and join it with ref()

error[unsupported-shape]: a request view has row-level expressions only
  --> features/v.sql:3:30
   |
 3 | select sum(amount) as total, row_number() over (order by amount) as number
   |                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: aggregate in a view of its own and join it with ref()
