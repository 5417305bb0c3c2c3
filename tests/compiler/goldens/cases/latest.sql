-- @model
{{ config(entity='user', ttl='2 hours') }}
select user_id, amount, date_diff('minute', at, {{ as_of() }}) as minutes_ago
from {{ source('shop', 'orders') }}

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
  - name: of_equal_times_the_greater_key_wins_until_it_expires
    model: latest
    given:
      - input: source('shop', 'orders')
        rows:
          - {id: 2, user_id: 1, at: 2026-06-12 09:00:00, amount: 2.0}
          - {id: 3, user_id: 1, at: 2026-06-12 09:00:00, amount: 3.0}
          - {id: 1, user_id: 1, at: 2026-06-12 08:00:00, amount: 1.0}
    expect:
      rows:
        - {user_id: 1, as_of: 2026-06-12 09:00:00, amount: 1.0, minutes_ago: 60}
        - {user_id: 1, as_of: 2026-06-12 11:00:00, amount: 3.0, minutes_ago: 120}
        - {user_id: 1, as_of: 2026-06-12 11:00:00.000001, amount: null, minutes_ago: null}

-- @training duckdb
WITH latest__moments AS (
  /* latest: the moments asked for */
  SELECT
    spine._row,
    CAST(spine.user_id AS BIGINT) AS user_id,
    spine._at
  FROM spine
), latest__orders_raw AS (
  /* shop.orders: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount
  FROM READ_PARQUET('orders.parquet')
), latest__orders AS (
  /* shop.orders: happened at at, known 0 seconds after at */
  SELECT
    user_id,
    amount,
    "at" AS _event_time,
    id AS _tie_1
  FROM latest__orders_raw
  WHERE
    NOT "at" IS NULL
), latest__rows AS (
  /* the rows that features are made of, by user_id, at any time */
  SELECT
    orders.user_id,
    orders.amount,
    orders._event_time,
    orders._tie_1
  FROM latest__orders AS orders
), latest__unique AS (
  /* latest: of rows with equal key and event time, the last by tie-break */
  SELECT
    event.*
  FROM latest__rows AS event
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY event.user_id, event._event_time ORDER BY event._event_time DESC, event._tie_1 DESC) = 1
), latest AS (
  /* latest: the newest row visible at the moment */
  SELECT
    moment._row,
    CAST(CASE WHEN event._event_time >= moment._at - INTERVAL '2' HOUR THEN event.amount END AS DOUBLE) AS amount,
    CAST(CASE
      WHEN event._event_time >= moment._at - INTERVAL '2' HOUR
      THEN DATE_DIFF('MINUTE', event._event_time, moment._at)
    END AS BIGINT) AS minutes_ago
  FROM latest__moments AS moment
  ASOF LEFT JOIN latest__unique AS event
    ON event.user_id = moment.user_id AND moment._at - INTERVAL '1' MICROSECOND >= event._event_time
)
/* latest, training. Plan asof (as-of join on event time): one comparison of event time says what is visible. */
SELECT
  _row,
  amount,
  minutes_ago
FROM latest

-- @state duckdb
WITH cutoff AS (
  /* the moment of this state */
  SELECT
    CAST($as_of AS TIMESTAMP) AS _at
), latest__orders_raw AS (
  /* shop.orders: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount
  FROM READ_PARQUET('orders.parquet')
), latest__orders AS (
  /* shop.orders: happened at at, known 0 seconds after at */
  SELECT
    user_id,
    amount,
    "at" AS _event_time,
    id AS _tie_1
  FROM latest__orders_raw
  WHERE
    NOT "at" IS NULL
), latest__rows AS (
  /* the rows that features are made of, by user_id, at any time */
  SELECT
    orders.user_id,
    orders.amount,
    orders._event_time,
    orders._tie_1
  FROM latest__orders AS orders
)
/* latest, online state (latest): what is known before the moment. */
SELECT
  event.user_id,
  event._event_time + INTERVAL '1' MICROSECOND AS _visible_from,
  event._event_time,
  CAST(event.amount AS DOUBLE) AS amount
FROM latest__rows AS event
CROSS JOIN cutoff AS moment
WHERE
  event._event_time < moment._at AND NOT event.user_id IS NULL
QUALIFY
  ROW_NUMBER() OVER (PARTITION BY event.user_id, event._event_time < moment._at ORDER BY event._event_time DESC, event._tie_1 DESC) = 1
  OR NOT (
    event._event_time < moment._at
  )
ORDER BY
  event.user_id,
  event._event_time NULLS FIRST,
  event._tie_1 NULLS FIRST

-- @serving duckdb
/* latest, serving: one row for each row of the request. */
SELECT
  request._row,
  CAST(CASE WHEN NOT request._slot_1 IS NULL THEN DATE_DIFF('MINUTE', request._slot_1, request._at) END AS BIGINT) AS minutes_ago
FROM request
