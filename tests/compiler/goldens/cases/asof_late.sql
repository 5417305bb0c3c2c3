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
        known_at: known
        primary_key: [id]
        columns:
          - {name: id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: at, data_type: timestamp}
          - {name: amount, data_type: double}
          - {name: known, data_type: timestamp}
unit_tests:
  - name: a_price_that_became_known_later_does_not_rewrite_the_order
    model: asof_late
    given:
      - input: source('shop', 'orders')
        rows:
          - {id: 1, user_id: 1, at: 2026-06-12 09:00:00, amount: 2.0}
      - input: source('shop', 'prices')
        rows:
          - {id: 1, user_id: 1, at: 2026-06-12 07:00:00, amount: 10.0, known: 2026-06-12 07:00:00}
          - {id: 2, user_id: 1, at: 2026-06-12 08:00:00, amount: 20.0, known: 2026-06-12 09:00:00.000001}
          - {id: 1, user_id: 1, at: 2026-06-12 07:00:00, amount: 11.0, known: 2026-06-12 09:30:00}
    expect:
      rows:
        - {user_id: 1, as_of: 2026-06-12 12:00:00, worth: 20.0}

-- @training duckdb
WITH asof_late__moments AS (
  /* asof_late: the moments asked for */
  SELECT
    spine._row,
    CAST(spine.user_id AS BIGINT) AS user_id,
    spine._at
  FROM spine
), asof_late__orders_raw AS (
  /* shop.orders: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount
  FROM READ_PARQUET('orders.parquet')
), asof_late__orders AS (
  /* shop.orders: happened at at, known 0 seconds after at */
  SELECT
    user_id,
    "at",
    amount,
    "at" AS _event_time,
    id AS _tie_1
  FROM asof_late__orders_raw
  WHERE
    NOT "at" IS NULL
), asof_late__prices_raw AS (
  /* shop.prices: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount,
    CAST(known AS TIMESTAMP) AS known
  FROM READ_PARQUET('prices.parquet')
), asof_late__prices AS (
  /* shop.prices: happened at at, known at known, later versions replace earlier ones */
  SELECT
    id,
    user_id,
    "at",
    amount,
    known,
    "at" AS _event_time,
    known AS _known_at,
    known + INTERVAL '1' MICROSECOND AS _known_from,
    GREATEST("at", known) + INTERVAL '1' MICROSECOND AS _visible_from,
    LEAD(known) OVER (PARTITION BY id ORDER BY known NULLS FIRST, user_id NULLS FIRST, "at" NULLS FIRST, amount NULLS FIRST) + INTERVAL '1' MICROSECOND AS _visible_to,
    id AS _tie_1
  FROM asof_late__prices_raw
  WHERE
    NOT known IS NULL
  QUALIFY
    NOT "at" IS NULL
), asof_late__rows AS (
  /* the rows that features are made of, by user_id, at any time */
  SELECT
    o.user_id,
    o.amount,
    p.amount AS p_amount,
    o._event_time,
    o._tie_1
  FROM asof_late__orders AS o
  LEFT JOIN LATERAL (
    SELECT
      p.id,
      p.user_id,
      p."at",
      p.amount,
      p.known
    FROM asof_late__prices AS p
    WHERE
      o.user_id = p.user_id
      AND p._event_time <= o._event_time
      AND p._known_from <= o._event_time + INTERVAL '1' MICROSECOND
      AND (
        p._visible_to IS NULL OR o._event_time + INTERVAL '1' MICROSECOND < p._visible_to
      )
    ORDER BY
      p._event_time DESC,
      p._known_at DESC,
      p._tie_1 DESC
    LIMIT 1
  ) AS p
    ON TRUE
), asof_late AS (
  /* asof_late: every visible row of the largest window, by moment */
  SELECT
    moment._row,
    CAST(SUM(event.amount * event.p_amount) FILTER(WHERE
      event._event_time >= moment._at - INTERVAL '1' DAY) AS DOUBLE) AS worth
  FROM asof_late__moments AS moment
  LEFT JOIN asof_late__rows AS event
    ON event.user_id = moment.user_id
    AND event._event_time < moment._at
    AND event._event_time >= moment._at - INTERVAL '1' DAY
  GROUP BY
    moment._row
)
/* asof_late, training. Plan range_join (range join, then group by moment): no spine has been counted; train counts one and may choose window_union. */
SELECT
  _row,
  worth
FROM asof_late

-- @state duckdb
WITH cutoff AS (
  /* the moment of this state */
  SELECT
    CAST($as_of AS TIMESTAMP) AS _at
), asof_late__orders_raw AS (
  /* shop.orders: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount
  FROM READ_PARQUET('orders.parquet')
), asof_late__orders AS (
  /* shop.orders: happened at at, known 0 seconds after at */
  SELECT
    user_id,
    "at",
    amount,
    "at" AS _event_time,
    id AS _tie_1
  FROM asof_late__orders_raw
  WHERE
    NOT "at" IS NULL
), asof_late__prices_raw AS (
  /* shop.prices: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount,
    CAST(known AS TIMESTAMP) AS known
  FROM READ_PARQUET('prices.parquet')
), asof_late__prices AS (
  /* shop.prices: happened at at, known at known, later versions replace earlier ones */
  SELECT
    id,
    user_id,
    "at",
    amount,
    known,
    "at" AS _event_time,
    known AS _known_at,
    known + INTERVAL '1' MICROSECOND AS _known_from,
    GREATEST("at", known) + INTERVAL '1' MICROSECOND AS _visible_from,
    LEAD(known) OVER (PARTITION BY id ORDER BY known NULLS FIRST, user_id NULLS FIRST, "at" NULLS FIRST, amount NULLS FIRST) + INTERVAL '1' MICROSECOND AS _visible_to,
    id AS _tie_1
  FROM asof_late__prices_raw
  WHERE
    NOT known IS NULL
  QUALIFY
    NOT "at" IS NULL
), asof_late__rows AS (
  /* the rows that features are made of, by user_id, at any time */
  SELECT
    o.user_id,
    o.amount,
    p.amount AS p_amount,
    o._event_time,
    o._tie_1
  FROM asof_late__orders AS o
  LEFT JOIN LATERAL (
    SELECT
      p.id,
      p.user_id,
      p."at",
      p.amount,
      p.known
    FROM asof_late__prices AS p
    WHERE
      o.user_id = p.user_id
      AND p._event_time <= o._event_time
      AND p._known_from <= o._event_time + INTERVAL '1' MICROSECOND
      AND (
        p._visible_to IS NULL OR o._event_time + INTERVAL '1' MICROSECOND < p._visible_to
      )
    ORDER BY
      p._event_time DESC,
      p._known_at DESC,
      p._tie_1 DESC
    LIMIT 1
  ) AS p
    ON TRUE
)
/* asof_late, online state (events): what is known before the moment. */
SELECT
  event.user_id,
  event._event_time,
  event.amount,
  event.p_amount
FROM asof_late__rows AS event
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
WITH asof_late AS (
  /* asof_late: over its stored rows (_event_time, amount, p_amount) */
  SELECT
    event._row,
    CAST(SUM(event.amount * event.p_amount) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS DOUBLE) AS worth,
    MAX(event._event_time) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS _event_time,
    COUNT(event._event_time) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS _seen
  FROM asof_late__events AS event
  WHERE
    event._event_time IS NULL OR (
      event._event_time < event._at
    )
  GROUP BY
    event._row,
    event._at
)
/* asof_late, serving: one row for each row of the request. */
SELECT
  asof_late._row,
  asof_late._event_time AS asof_late___event_time,
  asof_late._seen AS asof_late___seen,
  CAST(asof_late.worth AS DOUBLE) AS worth
FROM asof_late
