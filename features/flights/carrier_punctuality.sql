{{ config(entity='carrier') }}

{% set windows = {'24h': '24 hours', '7d': '7 days', '30d': '30 days'} %}

select
    carrier,
    {%- for suffix, window in windows.items() %}
    count(*) filter (where {{ last(window) }})          as carrier_arrivals_{{ suffix }},
    avg(arr_delay) filter (where {{ last(window) }})    as carrier_arr_delay_{{ suffix }},
    {{ late_share('arr_delay', window) }}               as carrier_late_share_{{ suffix }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from {{ source('flights', 'arrivals') }}
group by carrier
