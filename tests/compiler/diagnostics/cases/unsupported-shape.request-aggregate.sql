-- @model
{{ config(entity='user', request={'amount': 'double'}) }}

select sum(amount) as total, row_number() over (order by amount) as number
from {{ request() }}
-- @diagnostics
