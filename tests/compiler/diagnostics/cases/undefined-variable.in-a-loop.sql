-- @model
{{ config(entity='user', ttl='1 day') }}

{% set windows = ['1 hour', '1 day'] %}

select
    user_id,
    {% for window in windows %}
    count(*) filter (where {{ last(windw) }}) as n_{{ loop.index }},
    {% endfor %}
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[undefined-variable]: 'windw' is not defined
  --> features/v.sql:8:36
   |
 8 |     count(*) filter (where {{ last(windw) }}) as n_{{ loop.index }},
   |                                    ^^^^^
  help: did you mean 'window'?
