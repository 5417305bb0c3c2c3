-- @model
{{ config(entity='user', ttl='1 day') }}
with steps as (
    select user_id, amount - lag(amount) over (partition by user_id order by at) as step
    from {{ source('shop', 'orders') }}
)
select user_id, max(step) as largest_step
from steps
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
  - name: a_step_is_from_the_row_before
    model: backward_window
    given:
      - input: source('shop', 'orders')
        rows:
          - {id: 1, user_id: 1, at: 2026-06-12 09:00:00, amount: 2.0}
          - {id: 3, user_id: 1, at: 2026-06-12 10:00:00, amount: 9.0}
          - {id: 2, user_id: 1, at: 2026-06-12 10:00:00, amount: 3.0}
    expect:
      rows:
        - {user_id: 1, as_of: 2026-06-12 10:00:00, largest_step: null}
        - {user_id: 1, as_of: 2026-06-12 11:00:00, largest_step: 6.0}

-- @training duckdb
WITH backward_window__moments AS (
  /* backward_window: the moments asked for */
  SELECT
    spine._row,
    CAST(spine.user_id AS BIGINT) AS user_id,
    spine._at
  FROM spine
), backward_window__orders_raw AS (
  /* shop.orders: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount
  FROM READ_PARQUET('orders.parquet')
), backward_window__orders AS (
  /* shop.orders: happened at at, known 0 seconds after at */
  SELECT
    user_id,
    "at",
    amount,
    "at" AS _event_time,
    id AS _tie_1
  FROM backward_window__orders_raw
  WHERE
    NOT "at" IS NULL
), backward_window__steps AS (
  /* steps: a step of the model */
  SELECT
    orders.user_id,
    orders.amount - LAG(orders.amount) OVER (PARTITION BY orders.user_id ORDER BY orders."at", orders._tie_1 NULLS FIRST) AS step,
    orders._event_time,
    orders._tie_1
  FROM backward_window__orders AS orders
), backward_window__rows AS (
  /* the rows that features are made of, by user_id, at any time */
  SELECT
    CAST(steps.user_id AS BIGINT) AS user_id,
    steps.step,
    steps._event_time,
    steps._tie_1
  FROM backward_window__steps AS steps
), backward_window AS (
  /* backward_window: every visible row of the largest window, by moment */
  SELECT
    moment._row,
    CAST(MAX(event.step) FILTER(WHERE
      event._event_time >= moment._at - INTERVAL '1' DAY) AS DOUBLE) AS largest_step
  FROM backward_window__moments AS moment
  LEFT JOIN backward_window__rows AS event
    ON event.user_id = moment.user_id
    AND event._event_time < moment._at
    AND event._event_time >= moment._at - INTERVAL '1' DAY
  GROUP BY
    moment._row
)
/* backward_window, training. Plan range_join (range join, then group by moment): no spine has been counted; train counts one and may choose window_union. */
SELECT
  _row,
  largest_step
FROM backward_window

-- @state duckdb
WITH cutoff AS (
  /* the moment of this state */
  SELECT
    CAST($as_of AS TIMESTAMP) AS _at
), backward_window__orders_raw AS (
  /* shop.orders: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount
  FROM READ_PARQUET('orders.parquet')
), backward_window__orders AS (
  /* shop.orders: happened at at, known 0 seconds after at */
  SELECT
    user_id,
    "at",
    amount,
    "at" AS _event_time,
    id AS _tie_1
  FROM backward_window__orders_raw
  WHERE
    NOT "at" IS NULL
), backward_window__steps AS (
  /* steps: a step of the model */
  SELECT
    orders.user_id,
    orders.amount - LAG(orders.amount) OVER (PARTITION BY orders.user_id ORDER BY orders."at", orders._tie_1 NULLS FIRST) AS step,
    orders._event_time,
    orders._tie_1
  FROM backward_window__orders AS orders
), backward_window__rows AS (
  /* the rows that features are made of, by user_id, at any time */
  SELECT
    CAST(steps.user_id AS BIGINT) AS user_id,
    steps.step,
    steps._event_time,
    steps._tie_1
  FROM backward_window__steps AS steps
)
/* backward_window, online state (events): what is known before the moment. */
SELECT
  event.user_id,
  event._event_time,
  event.step
FROM backward_window__rows AS event
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
WITH backward_window AS (
  /* backward_window: over its stored rows (_event_time, step) */
  SELECT
    event._row,
    CAST(MAX(event.step) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS DOUBLE) AS largest_step,
    MAX(event._event_time) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS _event_time,
    COUNT(event._event_time) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS _seen
  FROM backward_window__events AS event
  WHERE
    event._event_time IS NULL OR (
      event._event_time < event._at
    )
  GROUP BY
    event._row,
    event._at
)
/* backward_window, serving: one row for each row of the request. */
SELECT
  backward_window._row,
  backward_window._event_time AS backward_window___event_time,
  backward_window._seen AS backward_window___seen,
  CAST(backward_window.largest_step AS DOUBLE) AS largest_step
FROM backward_window
