-- The features of the example as they are often joined for training: by the dates of events.
-- `flight` has the flights; `departures`, `arrivals` and `weather` are the sources. A flight of a day gets the aggregates of
-- that day and of days before it, and the last arrival of its aircraft until the evening. At the moment of the prediction,
-- two hours before departure, most of that has yet to happen, and some of it is the flight's own delay.
with days as (
    select *, sched_dep_utc::date as day, date_trunc('hour', sched_dep_utc) as hour from flight
),

departures_by_hour as (
    select origin, date_trunc('hour', departed_at) as hour, count(*) as departures, avg(dep_delay) as delay
    from departures
    group by all
),

departures_by_day as (
    select origin, departed_at::date as day, count(*) as departures, avg(dep_delay) as delay
    from departures
    group by all
),

arrivals_by_day as (
    select
        carrier, origin, dest, tailnum, arrived_at::date as day,
        count(*) as arrivals, sum(arr_delay) as delay, count_if(arr_delay > 15) as late
    from arrivals
    group by all
),

carriers as (
    select carrier, day, sum(arrivals) as arrivals, sum(delay) as delay, sum(late) as late
    from arrivals_by_day
    group by all
),

carrier_weeks as (
    select here.carrier, here.day, sum(there.delay) / sum(there.arrivals) as delay
    from carriers as here
    join carriers as there on here.carrier = there.carrier and there.day between here.day - 6 and here.day
    group by all
),

routes as (
    select origin, dest, day, sum(arrivals) as arrivals, sum(delay) as delay, sum(late) as late
    from arrivals_by_day
    group by all
),

route_months as (
    select
        here.origin, here.dest, here.day,
        sum(there.delay) / sum(there.arrivals) as delay, sum(there.late) / sum(there.arrivals) as late
    from routes as here
    join routes as there
        on here.origin = there.origin and here.dest = there.dest and there.day between here.day - 29 and here.day
    group by all
),

tails as (
    select tailnum, day, sum(arrivals) as arrivals, sum(delay) as delay
    from arrivals_by_day
    group by all
),

tail_months as (
    select
        here.tailnum, here.day, sum(there.delay) / sum(there.arrivals) as delay,
        sum(there.arrivals) filter (where there.day >= here.day - 6) as arrivals
    from tails as here
    join tails as there on here.tailnum = there.tailnum and there.day between here.day - 29 and here.day
    group by all
),

-- Two arrivals of an aircraft at one moment are a tie, and which of them a join finds is not said.
arrival_of_moment as (
    select distinct on (tailnum, arrived_at) tailnum, arrived_at, arr_delay
    from arrivals
    order by tailnum, arrived_at, flight_id desc
)

select
    days.flight_id,
    coalesce(hours.departures, 0)                   as departures_1h,
    hours.delay                                     as mean_dep_delay_1h,
    coalesce(departures_by_day.departures, 0)       as departures_24h,
    departures_by_day.delay                         as mean_dep_delay_24h,
    weather.temp                                    as temperature_f,
    weather.precip                                  as precipitation_in,
    weather.visib                                   as visibility_miles,
    carriers.delay / carriers.arrivals              as carrier_arr_delay_24h,
    carriers.late / carriers.arrivals               as carrier_late_share_24h,
    carrier_weeks.delay                             as carrier_arr_delay_7d,
    route_months.delay                              as route_arr_delay_30d,
    route_months.late                               as route_late_share_30d,
    coalesce(tail_months.arrivals, 0)               as tail_arrivals_7d,
    tail_months.delay                               as tail_arr_delay_30d,
    last_arrival.arr_delay                          as last_arrival_delay
from days
left join departures_by_hour as hours on days.origin = hours.origin and days.hour = hours.hour
left join departures_by_day on days.origin = departures_by_day.origin and days.day = departures_by_day.day
left join weather on days.origin = weather.origin and days.hour = weather.observed_at
left join carriers on days.carrier = carriers.carrier and days.day = carriers.day
left join carrier_weeks on days.carrier = carrier_weeks.carrier and days.day = carrier_weeks.day
left join route_months
    on days.origin = route_months.origin and days.dest = route_months.dest and days.day = route_months.day
left join tail_months on days.tailnum = tail_months.tailnum and days.day = tail_months.day
asof left join arrival_of_moment as last_arrival
    on days.tailnum = last_arrival.tailnum and days.day + interval 1 day > last_arrival.arrived_at
order by days.flight_id
