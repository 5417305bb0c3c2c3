{# What has no window of its own looks back as far as the ttl: an aircraft unseen for 30 days is a new one. #}
{{ config(entity='tail', ttl='30 days') }}

select
    tailnum,
    last(arr_delay)                                             as last_arrival_delay,
    arg_max(origin, arrived_at)                                 as last_arrival_origin,
    date_diff('second', max(arrived_at), {{ as_of() }})         as seconds_since_last_arrival,
    count(*) filter (where {{ last('7 days') }})                as tail_arrivals_7d,
    sum(air_time) filter (where {{ last('7 days') }})           as tail_air_minutes_7d,
    avg(arr_delay)                                              as tail_arr_delay_30d
from {{ source('flights', 'arrivals') }}
group by tailnum
