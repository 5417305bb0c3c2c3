{# What is known about the pieces of a flight, put together. A NULL means no evidence, so each expression says what that
   stands for: no ratio is the usual 1, no difference is 0, no doubt is false. What stays NULL is of an unseen aircraft. #}
{{ config(
    entity=['origin', 'carrier', 'tail', 'route'],
    request={'distance': 'double', 'sched_dep_utc': 'timestamp'},
) }}

select
    hour(r.sched_dep_utc)                                                               as sched_dep_hour_utc,
    isodow(r.sched_dep_utc) >= 6                                                        as is_weekend_utc,
    date_diff('minute', {{ as_of() }}, r.sched_dep_utc)                                 as minutes_to_departure,
    r.distance > {{ var('long_haul_miles') }}                                           as is_long_haul,

    -- Departures in the last hour against the mean hour of the last day.
    coalesce(oc.departures_1h * 24 / oc.departures_24h, 1.0)                            as congestion_ratio,
    coalesce(oc.mean_dep_delay_1h - oc.mean_dep_delay_24h, 0.0)                         as dep_delay_trend,

    -- The freshest window that has arrivals; a carrier without any is taken to be on time.
    coalesce(cp.carrier_arr_delay_24h, cp.carrier_arr_delay_7d, cp.carrier_arr_delay_30d, 0.0)
                                                                                        as carrier_delay,
    coalesce(cp.carrier_arr_delay_7d - rs.route_arr_delay_30d, 0.0)                     as carrier_against_route,
    greatest(cp.carrier_late_share_7d, rs.route_late_share_30d, 0.0)                    as worst_late_share,

    coalesce(th.last_arrival_delay > {{ var('late_minutes') }}, false)                  as aircraft_was_late,
    th.seconds_since_last_arrival / 3600                                                as aircraft_idle_hours,
    tp.plane_age_years is null                                                          as is_plane_age_unknown,
    r.distance / nullif(tl.last_arrival_speed_mph, 0) * 60                              as expected_air_minutes,

    coalesce(ow.visibility_miles < 3 or ow.precipitation_in > 0.1, false)               as is_bad_weather,
    coalesce(ow.wind_gust_mph - ow.wind_speed_mph, 0.0)                                 as gust_excess_mph
from {{ request() }} as r
left join {{ ref('origin_congestion') }} as oc using (origin)
left join {{ ref('origin_weather') }} as ow using (origin)
left join {{ ref('carrier_punctuality') }} as cp using (carrier)
left join {{ ref('tail_history') }} as th using (tailnum)
left join {{ ref('tail_last_arrival') }} as tl using (tailnum)
left join {{ ref('tail_plane') }} as tp using (tailnum)
left join {{ ref('route_stats') }} as rs using (origin, dest)
