-- @model
{{ config(entity='user', request={'amount': 'double'}) }}

select r.amount / s.total as share
from {{ request() }} as r
left join {{ ref('spending') }} as s using (user_id)
-- @model spending
{{ config(entity='user', ttl='1 day', online=false) }}

select user_id, sum(amount) as total
from {{ source('shop', 'payments') }}
group by user_id
-- @properties services
services:
  - name: risk
    features:
      - v
-- @diagnostics
error[invalid-value]: 'v' reads 'spending', which has online=false, so it cannot be served
  --> features/services.yml:4:9
   |
 4 |       - v
   |         ^
  help: drop online=false from 'spending', or leave the view out of the service
