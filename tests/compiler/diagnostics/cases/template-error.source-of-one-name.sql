-- @model
{{ config(entity='user', ttl='1 day') }}

select user_id, amount
from {{ source('payments') }}
-- @diagnostics
error[template-error]: source() takes the name of a source and of its table
  --> features/v.sql:4:6
   |
 4 | from {{ source('payments') }}
   |      ^^^^^^^^^^^^^^^^^^^^^^^^
  help: write source('source', 'table'), with names from 'sources:' in YAML
