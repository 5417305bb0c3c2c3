-- @model
{{ config(entity='user') }}
select
    user_id,
    count(*) filter (where {{ last('1 hour') }})                    as orders_1h,
    sum(amount) filter (where {{ last('1 day') }} and amount > 5)   as large_1d,
    last(amount) filter (where {{ last('1 day') }})                 as last_amount,
    count(*) filter (where {{ last('1 hour') }}) / count(*) filter (where {{ last('1 day') }}) as share
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
        delay: 10 minutes
        primary_key: [id]
        append_only: true
        columns:
          - {name: id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: at, data_type: timestamp}
          - {name: amount, data_type: double}
unit_tests:
  - name: a_row_is_known_ten_minutes_after_it_happens
    model: settled_aggregate
    given:
      - input: source('shop', 'orders')
        rows:
          - {id: 1, user_id: 1, at: 2026-06-12 09:00:00, amount: 4.0}
          - {id: 2, user_id: 1, at: 2026-06-12 09:40:00, amount: 6.0}
          - {id: 3, user_id: 1, at: 2026-06-12 09:50:00, amount: 8.0}
    expect:
      rows:
        - {user_id: 1, as_of: 2026-06-12 10:00:00, orders_1h: 2, large_1d: 6.0, last_amount: 6.0, share: 1.0}
        - {user_id: 1, as_of: 2026-06-12 10:00:00.000001, orders_1h: 2, large_1d: 14.0, last_amount: 8.0, share: 0.6666666666666666}
        - {user_id: 2, as_of: 2026-06-12 10:00:00, orders_1h: 0, large_1d: null, last_amount: null, share: null}

-- @training duckdb
WITH settled_aggregate__moments AS (
  /* settled_aggregate: the moments asked for */
  SELECT
    spine._row,
    CAST(spine.user_id AS BIGINT) AS user_id,
    spine._at
  FROM spine
), settled_aggregate__orders_raw AS (
  /* shop.orders: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount
  FROM READ_PARQUET('orders.parquet')
), settled_aggregate__orders AS (
  /* shop.orders: happened at at, known 10 minutes after at */
  SELECT
    user_id,
    amount,
    "at" AS _event_time,
    id AS _tie_1
  FROM settled_aggregate__orders_raw
  WHERE
    NOT "at" IS NULL
), settled_aggregate__rows AS (
  /* the rows that features are made of, by user_id, at any time */
  SELECT
    orders.user_id,
    orders.amount,
    orders._event_time,
    orders._tie_1
  FROM settled_aggregate__orders AS orders
), settled_aggregate AS (
  /* settled_aggregate: every visible row of the largest window, by moment */
  SELECT
    moment._row,
    CAST(COUNT(*) FILTER(WHERE
      event._event_time >= moment._at - INTERVAL '1' HOUR) AS BIGINT) AS orders_1h,
    CAST(SUM(event.amount) FILTER(WHERE
      event._event_time >= moment._at - INTERVAL '1' DAY AND event.amount > 5) AS DOUBLE) AS large_1d,
    CAST(LAST(event.amount ORDER BY event._event_time NULLS FIRST, event._tie_1 NULLS FIRST) FILTER(WHERE
      event._event_time >= moment._at - INTERVAL '1' DAY) AS DOUBLE) AS last_amount,
    CAST(CAST(COUNT(*) FILTER(WHERE
      event._event_time >= moment._at - INTERVAL '1' HOUR) AS DOUBLE) / NULLIF(COUNT(*) FILTER(WHERE
      event._event_time >= moment._at - INTERVAL '1' DAY), 0) AS DOUBLE) AS share
  FROM settled_aggregate__moments AS moment
  LEFT JOIN settled_aggregate__rows AS event
    ON event.user_id = moment.user_id
    AND event._event_time < moment._at - INTERVAL '10' MINUTE
    AND event._event_time >= moment._at - INTERVAL '1' DAY
  GROUP BY
    moment._row
)
/* settled_aggregate, training. Plan range_join (range join, then group by moment): not window_union: last_amount: last() needs an order inside its frame. */
SELECT
  _row,
  orders_1h,
  large_1d,
  last_amount,
  share
FROM settled_aggregate

-- @state duckdb
WITH cutoff AS (
  /* the moment of this state */
  SELECT
    CAST($as_of AS TIMESTAMP) AS _at
), settled_aggregate__orders_raw AS (
  /* shop.orders: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount
  FROM READ_PARQUET('orders.parquet')
), settled_aggregate__orders AS (
  /* shop.orders: happened at at, known 10 minutes after at */
  SELECT
    user_id,
    amount,
    "at" AS _event_time,
    id AS _tie_1
  FROM settled_aggregate__orders_raw
  WHERE
    NOT "at" IS NULL
), settled_aggregate__rows AS (
  /* the rows that features are made of, by user_id, at any time */
  SELECT
    orders.user_id,
    orders.amount,
    orders._event_time,
    orders._tie_1
  FROM settled_aggregate__orders AS orders
)
/* settled_aggregate, online state (events): what is known before the moment. */
SELECT
  event.user_id,
  event._event_time,
  event._tie_1,
  event.amount
FROM settled_aggregate__rows AS event
CROSS JOIN cutoff AS moment
WHERE
  event._event_time < moment._at - INTERVAL '10' MINUTE
  AND NOT event.user_id IS NULL
  AND event._event_time >= moment._at - INTERVAL '1' DAY
ORDER BY
  event.user_id,
  event._event_time NULLS FIRST,
  event._tie_1 NULLS FIRST

-- @serving duckdb
WITH settled_aggregate AS (
  /* settled_aggregate: over its stored rows (_event_time, _tie_1, amount) */
  SELECT
    event._row,
    CAST(COUNT(*) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' HOUR) AS BIGINT) AS orders_1h,
    CAST(SUM(event.amount) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY AND event.amount > 5) AS DOUBLE) AS large_1d,
    CAST(LAST(event.amount ORDER BY event._event_time NULLS FIRST, event._tie_1 NULLS FIRST) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS DOUBLE) AS last_amount,
    CAST(CAST(COUNT(*) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' HOUR) AS DOUBLE) / NULLIF(COUNT(*) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY), 0) AS DOUBLE) AS share,
    MAX(event._event_time) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS _event_time,
    COUNT(event._event_time) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS _seen
  FROM settled_aggregate__events AS event
  WHERE
    event._event_time IS NULL OR (
      event._event_time < event._at - INTERVAL '10' MINUTE
    )
  GROUP BY
    event._row,
    event._at
)
/* settled_aggregate, serving: one row for each row of the request. */
SELECT
  settled_aggregate._row,
  settled_aggregate._event_time AS settled_aggregate___event_time,
  settled_aggregate._seen AS settled_aggregate___seen,
  CAST(settled_aggregate.orders_1h AS BIGINT) AS orders_1h,
  CAST(settled_aggregate.large_1d AS DOUBLE) AS large_1d,
  CAST(settled_aggregate.last_amount AS DOUBLE) AS last_amount,
  CAST(settled_aggregate.share AS DOUBLE) AS share
FROM settled_aggregate
