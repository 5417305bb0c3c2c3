-- @model
{{ config(entity='user', ttl='1 day') }}
select o.user_id, sum(o.amount * p.amount) as worth
from {{ source('shop', 'orders') }} as o
asof left join {{ source('shop', 'prices') }} as p on o.user_id = p.user_id and o.at >= p.at
group by o.user_id

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
      - name: prices
        path: prices.parquet
        event_time: at
        primary_key: [id]
        append_only: true
        columns:
          - {name: id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: at, data_type: timestamp}
          - {name: amount, data_type: double}
unit_tests:
  - name: each_order_has_the_price_of_its_time
    model: asof_settled
    given:
      - input: source('shop', 'orders')
        rows:
          - {id: 1, user_id: 1, at: 2026-06-12 09:00:00, amount: 2.0}
          - {id: 2, user_id: 1, at: 2026-06-12 10:00:00, amount: 1.0}
      - input: source('shop', 'prices')
        rows:
          - {id: 1, user_id: 1, at: 2026-06-12 08:00:00, amount: 10.0}
          - {id: 2, user_id: 1, at: 2026-06-12 10:00:00, amount: 20.0}
          - {id: 3, user_id: 1, at: 2026-06-12 10:00:00, amount: 30.0}
    expect:
      rows:
        - {user_id: 1, as_of: 2026-06-12 12:00:00, worth: 50.0}

-- @training duckdb
WITH asof_settled__moments AS (
  /* asof_settled: the moments asked for */
  SELECT
    spine._row,
    CAST(spine.user_id AS BIGINT) AS user_id,
    spine._at
  FROM spine
), asof_settled__orders_raw AS (
  /* shop.orders: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount
  FROM READ_PARQUET('orders.parquet')
), asof_settled__orders AS (
  /* shop.orders: happened at at, known 0 seconds after at */
  SELECT
    user_id,
    "at",
    amount,
    "at" AS _event_time,
    id AS _tie_1
  FROM asof_settled__orders_raw
  WHERE
    NOT "at" IS NULL
), asof_settled__prices_raw AS (
  /* shop.prices: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount
  FROM READ_PARQUET('prices.parquet')
), asof_settled__prices AS (
  /* shop.prices: happened at at, known 0 seconds after at */
  SELECT
    id,
    user_id,
    "at",
    amount,
    "at" AS _event_time,
    id AS _tie_1
  FROM asof_settled__prices_raw
  WHERE
    NOT "at" IS NULL
), asof_settled__p_unique AS (
  /* p: of rows with equal key and event time, the last by tie-break */
  SELECT
    p.id,
    p.user_id,
    p."at",
    p.amount,
    p._event_time
  FROM asof_settled__prices AS p
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY p.user_id, p._event_time ORDER BY p._tie_1 DESC) = 1
), asof_settled__rows AS (
  /* the rows that features are made of, by user_id, at any time */
  SELECT
    o.user_id,
    o.amount,
    p.amount AS p_amount,
    o._event_time,
    o._tie_1
  FROM asof_settled__orders AS o
  ASOF LEFT JOIN asof_settled__p_unique AS p
    ON o.user_id = p.user_id AND o._event_time >= p._event_time
), asof_settled AS (
  /* asof_settled: every visible row of the largest window, by moment */
  SELECT
    moment._row,
    CAST(SUM(event.amount * event.p_amount) FILTER(WHERE
      event._event_time >= moment._at - INTERVAL '1' DAY) AS DOUBLE) AS worth
  FROM asof_settled__moments AS moment
  LEFT JOIN asof_settled__rows AS event
    ON event.user_id = moment.user_id
    AND event._event_time < moment._at
    AND event._event_time >= moment._at - INTERVAL '1' DAY
  GROUP BY
    moment._row
)
/* asof_settled, training. Plan range_join (range join, then group by moment): no spine has been counted; train counts one and may choose window_union. */
SELECT
  _row,
  worth
FROM asof_settled

-- @state duckdb
WITH cutoff AS (
  /* the moment of this state */
  SELECT
    CAST($as_of AS TIMESTAMP) AS _at
), asof_settled__orders_raw AS (
  /* shop.orders: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount
  FROM READ_PARQUET('orders.parquet')
), asof_settled__orders AS (
  /* shop.orders: happened at at, known 0 seconds after at */
  SELECT
    user_id,
    "at",
    amount,
    "at" AS _event_time,
    id AS _tie_1
  FROM asof_settled__orders_raw
  WHERE
    NOT "at" IS NULL
), asof_settled__prices_raw AS (
  /* shop.prices: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount
  FROM READ_PARQUET('prices.parquet')
), asof_settled__prices AS (
  /* shop.prices: happened at at, known 0 seconds after at */
  SELECT
    id,
    user_id,
    "at",
    amount,
    "at" AS _event_time,
    id AS _tie_1
  FROM asof_settled__prices_raw
  WHERE
    NOT "at" IS NULL
), asof_settled__p_unique AS (
  /* p: of rows with equal key and event time, the last by tie-break */
  SELECT
    p.id,
    p.user_id,
    p."at",
    p.amount,
    p._event_time
  FROM asof_settled__prices AS p
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY p.user_id, p._event_time ORDER BY p._tie_1 DESC) = 1
), asof_settled__rows AS (
  /* the rows that features are made of, by user_id, at any time */
  SELECT
    o.user_id,
    o.amount,
    p.amount AS p_amount,
    o._event_time,
    o._tie_1
  FROM asof_settled__orders AS o
  ASOF LEFT JOIN asof_settled__p_unique AS p
    ON o.user_id = p.user_id AND o._event_time >= p._event_time
)
/* asof_settled, online state (events): what is known before the moment. */
SELECT
  event.user_id,
  event._event_time,
  event.amount,
  event.p_amount
FROM asof_settled__rows AS event
CROSS JOIN cutoff AS moment
WHERE
  event._event_time < moment._at
  AND NOT event.user_id IS NULL
  AND event._event_time >= moment._at - INTERVAL '1' DAY
ORDER BY
  event.user_id,
  event._event_time NULLS FIRST,
  event._tie_1 NULLS FIRST

-- @serving duckdb
WITH asof_settled AS (
  /* asof_settled: over its stored rows (_event_time, amount, p_amount) */
  SELECT
    event._row,
    CAST(SUM(event.amount * event.p_amount) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS DOUBLE) AS worth,
    MAX(event._event_time) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS _event_time,
    COUNT(event._event_time) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS _seen
  FROM asof_settled__events AS event
  WHERE
    event._event_time IS NULL OR (
      event._event_time < event._at
    )
  GROUP BY
    event._row,
    event._at
)
/* asof_settled, serving: one row for each row of the request. */
SELECT
  asof_settled._row,
  asof_settled._event_time AS asof_settled___event_time,
  asof_settled._seen AS asof_settled___seen,
  CAST(asof_settled.worth AS DOUBLE) AS worth
FROM asof_settled
