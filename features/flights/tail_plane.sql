{# No ttl: an aircraft keeps its seats however long it is away. #}
{{ config(entity='tail') }}

select
    departure.tailnum,
    year(departure.departed_at) - plane.year_built  as plane_age_years,
    plane.seats                                     as plane_seats,
    plane.engines                                   as plane_engines,
    plane.manufacturer                              as plane_manufacturer
from {{ source('flights', 'departures') }} as departure
left join {{ source('flights', 'planes') }} as plane
    on departure.tailnum = plane.tailnum
