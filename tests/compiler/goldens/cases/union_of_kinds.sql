-- @model
{{ config(entity='user', ttl='1 day') }}
with moves as (
    select user_id, amount from {{ source('shop', 'orders') }}
    union all
    select user_id, -amount from {{ source('shop', 'refunds') }}
)
select user_id, sum(amount) as balance, list(amount) as moves
from moves
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
      - name: refunds
        path: refunds.parquet
        event_time: at
        known_at: known
        primary_key: [id]
        inclusive: true
        columns:
          - {name: id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: at, data_type: timestamp}
          - {name: amount, data_type: double}
          - {name: known, data_type: timestamp}
unit_tests:
  - name: each_side_is_known_by_its_own_rule
    model: union_of_kinds
    given:
      - input: source('shop', 'orders')
        rows:
          - {id: 1, user_id: 1, at: 2026-06-12 09:00:00, amount: 5.0}
      - input: source('shop', 'refunds')
        rows:
          - {id: 1, user_id: 1, at: 2026-06-12 08:00:00, amount: 2.0, known: 2026-06-12 10:00:00}
    expect:
      rows:
        - {user_id: 1, as_of: 2026-06-12 09:00:00, balance: null, moves: null}
        - {user_id: 1, as_of: 2026-06-12 09:59:59.999999, balance: 5.0, moves: [5.0]}
        - {user_id: 1, as_of: 2026-06-12 10:00:00, balance: 3.0, moves: [-2.0, 5.0]}

-- @training duckdb
WITH union_of_kinds__moments AS (
  /* union_of_kinds: the moments asked for */
  SELECT
    spine._row,
    CAST(spine.user_id AS BIGINT) AS user_id,
    spine._at
  FROM spine
), union_of_kinds__orders_raw AS (
  /* shop.orders: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount
  FROM READ_PARQUET('orders.parquet')
), union_of_kinds__orders AS (
  /* shop.orders: happened at at, known 0 seconds after at */
  SELECT
    user_id,
    amount,
    "at" AS _event_time,
    id AS _tie_1
  FROM union_of_kinds__orders_raw
  WHERE
    NOT "at" IS NULL
), union_of_kinds__refunds_raw AS (
  /* shop.refunds: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount,
    CAST(known AS TIMESTAMP) AS known
  FROM READ_PARQUET('refunds.parquet')
), union_of_kinds__refunds AS (
  /* shop.refunds: happened at at, known at known, later versions replace earlier ones */
  SELECT
    user_id,
    amount,
    "at" AS _event_time,
    known AS _known_at,
    known AS _known_from,
    GREATEST("at", known) AS _visible_from,
    LEAD(known) OVER (PARTITION BY id ORDER BY known NULLS FIRST, user_id NULLS FIRST, "at" NULLS FIRST, amount NULLS FIRST) AS _visible_to,
    id AS _tie_1
  FROM union_of_kinds__refunds_raw
  WHERE
    NOT known IS NULL
  QUALIFY
    NOT "at" IS NULL
), union_of_kinds__moves_part AS (
  /* moves_part: a step of the model */
  SELECT
    orders.user_id,
    orders.amount,
    orders._event_time,
    orders._tie_1
  FROM union_of_kinds__orders AS orders
), union_of_kinds__moves_part_2 AS (
  /* moves_part: a step of the model */
  SELECT
    refunds.user_id,
    -refunds.amount AS column_2,
    refunds._event_time,
    refunds._known_at,
    refunds._known_from,
    refunds._visible_from,
    refunds._visible_to,
    refunds._tie_1
  FROM union_of_kinds__refunds AS refunds
), union_of_kinds__moves AS (
  /* moves: rows of 2 queries */
  SELECT
    part_1.user_id,
    part_1.amount,
    part_1._event_time,
    part_1._event_time AS _known_at,
    part_1._event_time + INTERVAL '1' MICROSECOND AS _known_from,
    part_1._event_time + INTERVAL '1' MICROSECOND AS _visible_from,
    CAST(NULL AS TIMESTAMP) AS _visible_to,
    0 AS _tie_1,
    part_1._tie_1 AS _tie_2,
    CAST(NULL AS BIGINT) AS _tie_3
  FROM union_of_kinds__moves_part AS part_1
  UNION ALL
  SELECT
    part_2.user_id,
    part_2.column_2 AS amount,
    part_2._event_time,
    part_2._known_at,
    part_2._known_from,
    part_2._visible_from,
    part_2._visible_to,
    1 AS _tie_1,
    CAST(NULL AS BIGINT) AS _tie_2,
    part_2._tie_1 AS _tie_3
  FROM union_of_kinds__moves_part_2 AS part_2
), union_of_kinds__rows AS (
  /* the rows that features are made of, by user_id, at any time */
  SELECT
    CAST(moves.user_id AS BIGINT) AS user_id,
    moves.amount,
    moves._event_time,
    moves._known_at,
    moves._known_from,
    moves._visible_from,
    moves._visible_to,
    moves._tie_1,
    moves._tie_2,
    moves._tie_3
  FROM union_of_kinds__moves AS moves
), union_of_kinds AS (
  /* union_of_kinds: every visible row of the largest window, by moment */
  SELECT
    moment._row,
    CAST(SUM(event.amount) FILTER(WHERE
      event._event_time >= moment._at - INTERVAL '1' DAY) AS DOUBLE) AS balance,
    CAST(ARRAY_AGG(
      event.amount ORDER BY event._event_time NULLS FIRST, event._known_at NULLS FIRST, event._tie_1 NULLS FIRST, event._tie_2 NULLS FIRST, event._tie_3 NULLS FIRST
    ) FILTER(WHERE
      event._event_time >= moment._at - INTERVAL '1' DAY) AS DOUBLE[]) AS moves
  FROM union_of_kinds__moments AS moment
  LEFT JOIN union_of_kinds__rows AS event
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
/* union_of_kinds, training. Plan range_join (range join, then group by moment): not window_union: rows can become known late or be replaced, and a frame sees event time only. */
SELECT
  _row,
  balance,
  moves
FROM union_of_kinds

-- @state duckdb
WITH cutoff AS (
  /* the moment of this state */
  SELECT
    CAST($as_of AS TIMESTAMP) AS _at
), union_of_kinds__orders_raw AS (
  /* shop.orders: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount
  FROM READ_PARQUET('orders.parquet')
), union_of_kinds__orders AS (
  /* shop.orders: happened at at, known 0 seconds after at */
  SELECT
    user_id,
    amount,
    "at" AS _event_time,
    id AS _tie_1
  FROM union_of_kinds__orders_raw
  WHERE
    NOT "at" IS NULL
), union_of_kinds__refunds_raw AS (
  /* shop.refunds: the columns read, in their declared types */
  SELECT
    CAST(id AS BIGINT) AS id,
    CAST(user_id AS BIGINT) AS user_id,
    CAST("at" AS TIMESTAMP) AS "at",
    CAST(TRY(amount) AS DOUBLE) AS amount,
    CAST(known AS TIMESTAMP) AS known
  FROM READ_PARQUET('refunds.parquet')
), union_of_kinds__refunds AS (
  /* shop.refunds: happened at at, known at known, later versions replace earlier ones */
  SELECT
    user_id,
    amount,
    "at" AS _event_time,
    known AS _known_at,
    known AS _known_from,
    GREATEST("at", known) AS _visible_from,
    LEAD(known) OVER (PARTITION BY id ORDER BY known NULLS FIRST, user_id NULLS FIRST, "at" NULLS FIRST, amount NULLS FIRST) AS _visible_to,
    id AS _tie_1
  FROM union_of_kinds__refunds_raw
  WHERE
    NOT known IS NULL
  QUALIFY
    NOT "at" IS NULL
), union_of_kinds__moves_part AS (
  /* moves_part: a step of the model */
  SELECT
    orders.user_id,
    orders.amount,
    orders._event_time,
    orders._tie_1
  FROM union_of_kinds__orders AS orders
), union_of_kinds__moves_part_2 AS (
  /* moves_part: a step of the model */
  SELECT
    refunds.user_id,
    -refunds.amount AS column_2,
    refunds._event_time,
    refunds._known_at,
    refunds._known_from,
    refunds._visible_from,
    refunds._visible_to,
    refunds._tie_1
  FROM union_of_kinds__refunds AS refunds
), union_of_kinds__moves AS (
  /* moves: rows of 2 queries */
  SELECT
    part_1.user_id,
    part_1.amount,
    part_1._event_time,
    part_1._event_time AS _known_at,
    part_1._event_time + INTERVAL '1' MICROSECOND AS _known_from,
    part_1._event_time + INTERVAL '1' MICROSECOND AS _visible_from,
    CAST(NULL AS TIMESTAMP) AS _visible_to,
    0 AS _tie_1,
    part_1._tie_1 AS _tie_2,
    CAST(NULL AS BIGINT) AS _tie_3
  FROM union_of_kinds__moves_part AS part_1
  UNION ALL
  SELECT
    part_2.user_id,
    part_2.column_2 AS amount,
    part_2._event_time,
    part_2._known_at,
    part_2._known_from,
    part_2._visible_from,
    part_2._visible_to,
    1 AS _tie_1,
    CAST(NULL AS BIGINT) AS _tie_2,
    part_2._tie_1 AS _tie_3
  FROM union_of_kinds__moves_part_2 AS part_2
), union_of_kinds__rows AS (
  /* the rows that features are made of, by user_id, at any time */
  SELECT
    CAST(moves.user_id AS BIGINT) AS user_id,
    moves.amount,
    moves._event_time,
    moves._known_at,
    moves._known_from,
    moves._visible_from,
    moves._visible_to,
    moves._tie_1,
    moves._tie_2,
    moves._tie_3
  FROM union_of_kinds__moves AS moves
)
/* union_of_kinds, online state (events): what is known before the moment. */
SELECT
  event.user_id,
  event._event_time,
  event._visible_from AS _visible_from,
  CAST(NULL AS TIMESTAMP) AS _visible_to,
  event._known_at,
  event._tie_1,
  event._tie_2,
  event._tie_3,
  event.amount
FROM union_of_kinds__rows AS event
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
  event._known_at NULLS FIRST,
  event._tie_1 NULLS FIRST,
  event._tie_2 NULLS FIRST,
  event._tie_3 NULLS FIRST

-- @serving duckdb
WITH union_of_kinds AS (
  /* union_of_kinds: over its stored rows (_event_time, _visible_from, _visible_to, _known_at, _tie_1, _tie_2, _tie_3, amount) */
  SELECT
    event._row,
    CAST(SUM(event.amount) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS DOUBLE) AS balance,
    CAST(ARRAY_AGG(
      event.amount ORDER BY event._event_time NULLS FIRST, event._known_at NULLS FIRST, event._tie_1 NULLS FIRST, event._tie_2 NULLS FIRST, event._tie_3 NULLS FIRST
    ) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS DOUBLE[]) AS moves,
    MAX(event._event_time) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS _event_time,
    COUNT(event._event_time) FILTER(WHERE
      event._event_time >= event._at - INTERVAL '1' DAY) AS _seen
  FROM union_of_kinds__events AS event
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
/* union_of_kinds, serving: one row for each row of the request. */
SELECT
  union_of_kinds._row,
  union_of_kinds._event_time AS union_of_kinds___event_time,
  union_of_kinds._seen AS union_of_kinds___seen,
  CAST(union_of_kinds.balance AS DOUBLE) AS balance,
  CAST(union_of_kinds.moves AS DOUBLE[]) AS moves
FROM union_of_kinds
