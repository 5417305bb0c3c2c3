{# Movements at any airport, whichever end of the flight it is. A service can ask for it at both ends. #}
{{ config(entity='airport') }}

with movements as (
    select
        origin      as airport,
        dep_delay   as delay
    from {{ source('flights', 'departures') }}

    union all

    select
        dest        as airport,
        arr_delay   as delay
    from {{ source('flights', 'arrivals') }}
)

select
    airport,
    count(*) filter (where {{ last('6 hours') }})       as movements_6h,
    avg(delay) filter (where {{ last('6 hours') }})     as mean_delay_6h,
    max(delay) filter (where {{ last('6 hours') }})     as max_delay_6h
from movements
group by airport
