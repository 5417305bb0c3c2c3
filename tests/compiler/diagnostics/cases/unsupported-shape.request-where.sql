-- @model
{{ config(entity='user', request={'amount': 'double'}) }}

select amount * 2 as twice
from {{ request() }}
where amount > 0
-- @diagnostics
