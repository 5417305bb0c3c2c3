{{ config(entity='tail', ttl='30 days') }}

select
    tailnum,
    dest                                    as last_arrival_dest,
    distance                                as last_arrival_distance,
    distance / (air_time / 60)              as last_arrival_speed_mph,
    arr_delay > {{ var('late_minutes') }}   as last_arrival_was_late
from {{ source('flights', 'arrivals') }}
