-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, x
from {{ source('shop', 'payments') }}
cross join (values (1), (2)) as t(x)
-- @diagnostics
error[unsupported-shape]: rows that are written out have no event time, and belong in a file of their own
  --> features/v.sql:5:21
   |
 5 | cross join (values (1), (2)) as t(x)
   |                     ^^^^^^^^^^^^^^^
  help: declare them as a static source, or use CASE
