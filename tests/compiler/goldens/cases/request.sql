-- @model
{{ config(entity='user', request={'amount': 'double'}) }}
select r.amount / 2 as half, r.amount // 3 as thirds, hour({{ as_of() }}) as hour_utc
from {{ request() }} as r

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
  - name: expressions_over_the_request
    model: request
    given:
      - input: request()
        rows:
          - {user_id: 1, amount: 7.5}
    expect:
      rows:
        - {user_id: 1, as_of: 2026-06-12 10:00:00, half: 3.75, thirds: 2.0, hour_utc: 10}

-- @training duckdb
WITH request_2__request AS (
  /* request: the fields of each request */
  SELECT
    spine._row,
    spine._at,
    CAST(spine.user_id AS BIGINT) AS user_id,
    CAST(spine.amount AS DOUBLE) AS amount
  FROM spine
)
/* request, training: row-level expressions over other views' values at the same moment. */
SELECT
  request._row,
  CAST(CAST(request.amount AS DOUBLE) / 2 AS DOUBLE) AS half,
  CAST(TRUNC(request.amount // 3) AS DOUBLE) AS thirds,
  CAST(HOUR(request._at) AS BIGINT) AS hour_utc
FROM request_2__request AS request

-- @serving duckdb
/* request, serving: one row for each row of the request. */
SELECT
  request._row,
  CAST(CAST(request.amount AS DOUBLE) / 2 AS DOUBLE) AS half,
  CAST(TRUNC(request.amount // 3) AS DOUBLE) AS thirds,
  CAST(HOUR(request._at) AS BIGINT) AS hour_utc
FROM request
