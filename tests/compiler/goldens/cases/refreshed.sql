-- @model
{{ config(entity='user', refresh='1 day', offset='2 hours', lag='1 hour') }}
select user_id, count(*) filter (where {{ last('1 day') }}) as orders_1d
from {{ source('shop', 'orders') }}
group by user_id

-- @properties
entities:
  - {name: user, keys: [{name: user_id, data_type: bigint}]}
sources:
  - name: shop
    tables:
      - name: orders
        path: orders.parquet
        event_time: at
        primary_key: [id]
        append_only: true
        columns:
          - {name: id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: at, data_type: timestamp}
          - {name: amount, data_type: double}
unit_tests:
  - name: a_tick_is_shown_after_its_lag
    model: refreshed
    given:
      - input: source('shop', 'orders')
        rows:
          - {id: 1, user_id: 1, at: 2026-06-12 01:00:00, amount: 1.0}
    expect:
      rows:
        - {user_id: 1, as_of: 2026-06-12 03:00:00, orders_1d: 0}
        - {user_id: 1, as_of: 2026-06-12 03:00:00.000001, orders_1d: 1}
        - {user_id: 1, as_of: 2026-06-13 03:00:00, orders_1d: 1}
        - {user_id: 1, as_of: 2026-06-13 03:00:00.000001, orders_1d: 0}
        - {user_id: 2, as_of: 2026-06-12 12:00:00, orders_1d: 0}

-- @training duckdb
WITH refreshed__moments AS (
  /* refreshed: the moments asked for */
  SELECT
    spine._row,
    CAST(spine.user_id AS BIGINT) AS user_id,
    spine._at
  FROM spine
), refreshed__orders_raw AS (
  /* shop.orders: the columns read, in their declared types */
  SELECT
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at"
  FROM READ_PARQUET('orders.parquet')
), refreshed__orders AS (
  /* shop.orders: happened at at, known 0 seconds after at */
  SELECT
    user_id,
    "at" AS _event_time
  FROM refreshed__orders_raw
  WHERE
    NOT "at" IS NULL
), refreshed__rows AS (
  /* the rows that features are made of, by user_id, at any time */
  SELECT
    orders.user_id,
    orders._event_time
  FROM refreshed__orders AS orders
), refreshed__ticks AS (
  /* the ticks of every 1 day */
  SELECT DISTINCT
    moment.user_id,
    TIME_BUCKET(
      INTERVAL '1' DAY,
      moment._at - INTERVAL '3600000001' MICROSECOND,
      CAST('1970-01-01 00:00:00' AS TIMESTAMP) + INTERVAL '2' HOUR
    ) AS _at
  FROM refreshed__moments AS moment
), refreshed AS (
  /* refreshed: every visible row of the largest window, by moment */
  SELECT
    moment.user_id,
    moment._at,
    CAST(COUNT(*) FILTER(WHERE
      event._event_time >= moment._at - INTERVAL '1' DAY) AS BIGINT) AS orders_1d
  FROM refreshed__ticks AS moment
  LEFT JOIN refreshed__rows AS event
    ON event.user_id = moment.user_id
    AND event._event_time < moment._at
    AND event._event_time >= moment._at - INTERVAL '1' DAY
  GROUP BY
    moment.user_id,
    moment._at
)
/* refreshed, training. Plan range_join (range join, then group by moment): ticks are few, and most moments share theirs. */
SELECT
  moment._row,
  refreshed.orders_1d
FROM refreshed__moments AS moment
LEFT JOIN refreshed
  ON refreshed.user_id IS NOT DISTINCT FROM moment.user_id
  AND refreshed._at IS NOT DISTINCT FROM TIME_BUCKET(
    INTERVAL '1' DAY,
    moment._at - INTERVAL '3600000001' MICROSECOND,
    CAST('1970-01-01 00:00:00' AS TIMESTAMP) + INTERVAL '2' HOUR
  )

-- @state duckdb
WITH cutoff AS (
  /* the moment of this state */
  SELECT
    CAST($as_of AS TIMESTAMP) AS _at
), refreshed__orders_raw AS (
  /* shop.orders: the columns read, in their declared types */
  SELECT
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at"
  FROM READ_PARQUET('orders.parquet')
), refreshed__orders AS (
  /* shop.orders: happened at at, known 0 seconds after at */
  SELECT
    user_id,
    "at" AS _event_time
  FROM refreshed__orders_raw
  WHERE
    NOT "at" IS NULL
), refreshed__rows AS (
  /* the rows that features are made of, by user_id, at any time */
  SELECT
    orders.user_id,
    orders._event_time
  FROM refreshed__orders AS orders
), refreshed__ticks AS (
  /* every entity at each tick, and one without rows */
  SELECT DISTINCT
    event.user_id,
    UNNEST(
      GENERATE_SERIES(
        TIME_BUCKET(
          INTERVAL '1' DAY,
          moment._at - INTERVAL '3600000001' MICROSECOND,
          CAST('1970-01-01 00:00:00' AS TIMESTAMP) + INTERVAL '2' HOUR
        ),
        moment._at,
        INTERVAL '1' DAY
      )
    ) AS _at
  FROM refreshed__rows AS event
  CROSS JOIN cutoff AS moment
  WHERE
    NOT event.user_id IS NULL
  UNION ALL
  SELECT
    CAST(NULL AS BIGINT) AS user_id,
    UNNEST(
      GENERATE_SERIES(
        TIME_BUCKET(
          INTERVAL '1' DAY,
          moment._at - INTERVAL '3600000001' MICROSECOND,
          CAST('1970-01-01 00:00:00' AS TIMESTAMP) + INTERVAL '2' HOUR
        ),
        moment._at,
        INTERVAL '1' DAY
      )
    ) AS _at
  FROM cutoff AS moment
), refreshed__values AS (
  /* refreshed: every visible row of the largest window, by moment */
  SELECT
    moment.user_id,
    moment._at,
    CAST(COUNT(*) FILTER(WHERE
      event._event_time >= moment._at - INTERVAL '1' DAY) AS BIGINT) AS orders_1d,
    MAX(event._event_time) AS _event_time,
    COUNT(event._event_time) AS _seen
  FROM refreshed__ticks AS moment
  LEFT JOIN refreshed__rows AS event
    ON event.user_id = moment.user_id
    AND event._event_time < moment._at
    AND event._event_time >= moment._at - INTERVAL '1' DAY
  GROUP BY
    moment.user_id,
    moment._at
)
/* refreshed, online state (values): what is known before the moment. */
SELECT
  user_id,
  _at + INTERVAL '3600000001' MICROSECOND AS _visible_from,
  _event_time,
  _seen,
  orders_1d
FROM refreshed__values
QUALIFY
  MAX(_seen) OVER (PARTITION BY user_id) > 0 OR user_id IS NULL
ORDER BY
  user_id,
  _at

-- @serving duckdb
-- refreshed, serving: nothing is computed. A server looks up what is stored for the entity:
--   _visible_from TIMESTAMP
--   _event_time TIMESTAMP
--   _seen BIGINT
--   orders_1d BIGINT
