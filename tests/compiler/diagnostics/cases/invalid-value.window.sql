-- @model
{{ config(entity='user', ttl='1 day') }}

select
    user_id,
    {% for window in ['1 hour', '2 moons'] %}
    count(*) filter (where {{ last(window) }}) as n_{{ loop.index }},
    {% endfor %}
from {{ source('shop', 'payments') }}
group by user_id
-- @diagnostics
error[invalid-value]: last(): 'moons' in '2 moons' is not a unit of time
  --> features/v.sql:6:28
   |
 6 |     count(*) filter (where {{ last(window) }}) as n_{{ loop.index }},
   |                            ^^^^^^^^^^^^^^^^^^
  help: use seconds, minutes, hours, days or weeks
