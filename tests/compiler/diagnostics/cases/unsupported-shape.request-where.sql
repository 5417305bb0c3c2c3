-- @model
{{ config(entity='user', request={'amount': 'double'}) }}

select amount * 2 as twice
from {{ request() }}
where amount > 0
-- @diagnostics
error[unsupported-shape]: a request view answers every request with one row
  --> features/v.sql:5:7
   |
 5 | where amount > 0
   |       ^^^^^^^^^^
  help: use CASE or coalesce in its expressions; filter and aggregate in the views that it joins
