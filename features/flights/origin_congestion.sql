{{ config(entity='origin') }}

select
    origin,
    count(*) filter (where {{ last('1 hour') }})            as departures_1h,
    count(*) filter (where {{ last('3 hours') }})           as departures_3h,
    count(*) filter (where {{ last('24 hours') }})          as departures_24h,
    avg(dep_delay) filter (where {{ last('1 hour') }})      as mean_dep_delay_1h,
    avg(dep_delay) filter (where {{ last('3 hours') }})     as mean_dep_delay_3h,
    avg(dep_delay) filter (where {{ last('24 hours') }})    as mean_dep_delay_24h
from {{ source('flights', 'departures') }}
group by origin
