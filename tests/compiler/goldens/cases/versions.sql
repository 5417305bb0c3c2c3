-- @model
{{ config(entity='user', ttl='1 day') }}
select user_id, count(*) as orders, sum(amount) as amount
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
        known_at: known
        primary_key: [id]
        deleted: gone
        columns:
          - {name: id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: at, data_type: timestamp}
          - {name: amount, data_type: double}
          - {name: known, data_type: timestamp}
          - {name: gone, data_type: boolean}
unit_tests:
  - name: a_version_counts_from_the_moment_it_is_known
    model: versions
    given:
      - input: source('shop', 'orders')
        rows:
          - {id: 1, user_id: 1, at: 2026-06-12 09:00:00, amount: 4.0, known: 2026-06-12 09:00:00, gone: false}
          - {id: 1, user_id: 1, at: 2026-06-12 09:00:00, amount: 5.0, known: 2026-06-12 10:00:00, gone: false}
          - {id: 1, user_id: 1, at: 2026-06-12 09:00:00, amount: 5.0, known: 2026-06-12 11:00:00, gone: true}
    expect:
      rows:
        - {user_id: 1, as_of: 2026-06-12 09:00:00, orders: 0, amount: null}
        - {user_id: 1, as_of: 2026-06-12 10:00:00, orders: 1, amount: 4.0}
        - {user_id: 1, as_of: 2026-06-12 10:00:00.000001, orders: 1, amount: 5.0}
        - {user_id: 1, as_of: 2026-06-12 11:00:00.000001, orders: 0, amount: null}

-- @training duckdb
WITH versions__moments AS (
  /* versions: the moments asked for */
  SELECT
    spine._row,
    CAST(spine.user_id AS BIGINT) AS user_id,
    spine._at
  FROM spine
), versions__orders_raw AS (
  /* shop.orders: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount,
    CAST(known AS TIMESTAMP) AS known,
    CAST(gone AS BOOLEAN) AS gone
  FROM READ_PARQUET('orders.parquet')
), versions__orders AS (
  /* shop.orders: happened at at, known at known, later versions replace earlier ones */
  SELECT
    user_id,
    amount,
    "at" AS _event_time,
    known AS _known_at,
    known + INTERVAL '1' MICROSECOND AS _known_from,
    GREATEST("at", known) + INTERVAL '1' MICROSECOND AS _visible_from,
    LEAD(known) OVER (
      PARTITION BY id
      ORDER BY known NULLS FIRST, COALESCE(gone, FALSE) NULLS FIRST, user_id NULLS FIRST, "at" NULLS FIRST, amount NULLS FIRST
    ) + INTERVAL '1' MICROSECOND AS _visible_to
  FROM versions__orders_raw
  WHERE
    NOT known IS NULL
  QUALIFY
    NOT "at" IS NULL AND NOT COALESCE(gone, FALSE)
), versions__rows AS (
  /* the rows that features are made of, by user_id, at any time */
  SELECT
    orders.user_id,
    orders.amount,
    orders._event_time,
    orders._known_at,
    orders._known_from,
    orders._visible_from,
    orders._visible_to
  FROM versions__orders AS orders
), versions AS (
  /* versions: every visible row of the largest window, by moment */
  SELECT
    moment._row,
    CAST(COUNT(*) FILTER(WHERE
      event._event_time >= moment._at - INTERVAL '1' DAY) AS BIGINT) AS orders,
    CAST(SUM(event.amount) FILTER(WHERE
      event._event_time >= moment._at - INTERVAL '1' DAY) AS DOUBLE) AS amount
  FROM versions__moments AS moment
  LEFT JOIN versions__rows AS event
    ON event.user_id = moment.user_id
    AND (
      event._visible_from <= moment._at AND (
        event._visible_to IS NULL OR event._visible_to > moment._at
      )
    )
    AND event._event_time >= moment._at - INTERVAL '1' DAY
  GROUP BY
    moment._row
)
/* versions, training. Plan range_join (range join, then group by moment): not window_union: rows can become known late or be replaced, and a frame sees event time only. */
SELECT
  _row,
  orders,
  amount
FROM versions

-- @state duckdb
WITH cutoff AS (
  /* the moment of this state */
  SELECT
    CAST($as_of AS TIMESTAMP) AS _at
), versions__orders_raw AS (
  /* shop.orders: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount,
    CAST(known AS TIMESTAMP) AS known,
    CAST(gone AS BOOLEAN) AS gone
  FROM READ_PARQUET('orders.parquet')
), versions__orders AS (
  /* shop.orders: happened at at, known at known, later versions replace earlier ones */
  SELECT
    user_id,
    amount,
    "at" AS _event_time,
    known AS _known_at,
    known + INTERVAL '1' MICROSECOND AS _known_from,
    GREATEST("at", known) + INTERVAL '1' MICROSECOND AS _visible_from,
    LEAD(known) OVER (
      PARTITION BY id
      ORDER BY known NULLS FIRST, COALESCE(gone, FALSE) NULLS FIRST, user_id NULLS FIRST, "at" NULLS FIRST, amount NULLS FIRST
    ) + INTERVAL '1' MICROSECOND AS _visible_to
  FROM versions__orders_raw
  WHERE
    NOT known IS NULL
  QUALIFY
    NOT "at" IS NULL AND NOT COALESCE(gone, FALSE)
), versions__rows AS (
  /* the rows that features are made of, by user_id, at any time */
  SELECT
    orders.user_id,
    orders.amount,
    orders._event_time,
    orders._known_at,
    orders._known_from,
    orders._visible_from,
    orders._visible_to
  FROM versions__orders AS orders
)
/* versions, online state (events): what is known before the moment. */
SELECT
  event.user_id,
  event._event_time,
  event._visible_from AS _visible_from,
  CAST(NULL AS TIMESTAMP) AS _visible_to,
  event.amount
FROM versions__rows AS event
CROSS JOIN cutoff AS moment
WHERE
  (
    event._known_from <= moment._at AND (
      event._visible_to IS NULL OR event._visible_to > moment._at
    )
  )
  AND NOT event.user_id IS NULL
  AND event._event_time >= moment._at - INTERVAL '1' DAY
ORDER BY
  event.user_id,
  event._event_time NULLS FIRST,
  event._known_at NULLS FIRST

-- @serving duckdb
WITH versions AS (
  /* versions: over its stored rows (_event_time, _visible_from, _visible_to, amount) */
  SELECT
    event._row,
    CAST(COUNT(*) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS BIGINT) AS orders,
    CAST(SUM(event.amount) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS DOUBLE) AS amount,
    MAX(event._event_time) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS _event_time,
    COUNT(event._event_time) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS _seen
  FROM versions__events AS event
  WHERE
    event._event_time IS NULL
    OR (
      event._visible_from <= event._at AND (
        event._visible_to IS NULL OR event._visible_to > event._at
      )
    )
  GROUP BY
    event._row,
    event._at
)
/* versions, serving: one row for each row of the request. */
SELECT
  versions._row,
  versions._event_time AS versions___event_time,
  versions._seen AS versions___seen,
  CAST(versions.orders AS BIGINT) AS orders,
  CAST(versions.amount AS DOUBLE) AS amount
FROM versions
