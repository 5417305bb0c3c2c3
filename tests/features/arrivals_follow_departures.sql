-- An arrival in the feature's past must not be of a flight still in its future.
select
    arrival.flight_id,
    departure.departed_at,
    arrival.arrived_at
from {{ source('flights', 'arrivals') }} as arrival
left join {{ source('flights', 'departures') }} as departure
    on arrival.flight_id = departure.flight_id
where
    departure.departed_at is null
    or arrival.arrived_at < departure.departed_at + to_minutes(arrival.air_time)
