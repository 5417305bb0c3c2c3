-- @model
-- @model basket
{{ config(entity='user', request={'price': 'double'}) }}

select r.price / v.amount as ratio
from {{ request() }} as r left join {{ ref('v') }} as v using (user_id)
-- @properties services
services:
  - name: risk
    features:
      - v
      - basket
-- @diagnostics
error[unreadable-file]: the file is empty
  --> features/v.sql:1:1
   |
 1 | 
   | ^
  help: write something in it, or delete it
