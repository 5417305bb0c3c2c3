{# A month of arrivals moves little within a day, so this one is computed each night and looked up. #}
{{ config(entity='route', refresh='1 day') }}

select
    arrival.origin,
    arrival.dest,
    count(*) filter (where {{ last('30 days') }})                                       as route_arrivals_30d,
    count(distinct arrival.carrier) filter (where {{ last('30 days') }})                as route_carriers_30d,
    avg(arrival.arr_delay) filter (where {{ last('30 days') }})                         as route_arr_delay_30d,
    stddev_samp(arrival.arr_delay) filter (where {{ last('30 days') }})                 as route_arr_delay_stddev_30d,
    {{ late_share('arrival.arr_delay', '30 days') }}                                    as route_late_share_30d,
    avg(arrival.air_time) filter (where {{ last('30 days') }})                          as route_air_minutes_30d,
    -- One airport, one value: max() only takes it out of the group.
    max(airport.alt) filter (where {{ last('30 days') }})                               as dest_altitude_ft,
    max(airport.tz) filter (where {{ last('30 days') }})                                as dest_utc_offset_hours
from {{ source('flights', 'arrivals') }} as arrival
left join {{ source('flights', 'airports') }} as airport
    on arrival.dest = airport.faa
group by arrival.origin, arrival.dest
