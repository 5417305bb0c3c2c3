{{ config(entity='origin', ttl='3 hours') }}

select
    origin,
    temp                                                    as temperature_f,
    humid                                                   as humidity,
    -- One reading says 1,048 miles per hour; no wind at ground level has passed 260.
    case when wind_speed <= 260 then wind_speed end         as wind_speed_mph,
    wind_gust                                               as wind_gust_mph,
    precip                                                  as precipitation_in,
    pressure                                                as pressure_mbar,
    visib                                                   as visibility_miles
from {{ source('flights', 'weather') }}
