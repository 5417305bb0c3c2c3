-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    {%- for column in ['amount', 'status', 'amonut'] %}
    max({{ column }}) as max_{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[unknown-column]: there is no column 'amonut'
  --> features/v.sql:6:9
   |
 6 |     max({{ column }}) as max_{{ column }}{{ ',' if not loop.last }}
   |         ^^^^^^^^^^^^
  help: did you mean 'amount'?
