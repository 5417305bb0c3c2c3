"""Values that cannot be computed: in error alone, for their own rows, and never NULL without a word."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from serve.logged import rows as logged_rows
from skewless import FeatureServer, Project
from skewless.ground.errors import EngineError
from skewless.serve import sieve
from skewless.serve.log import ServingLog

NOON = dt.datetime(2026, 6, 12, 12)
LARGE = 2**62
PROPERTIES = """entities:
  - {name: user, keys: [{name: user_id, data_type: bigint}]}
sources:
  - name: shop
    tables:
      - name: orders
        path: orders.parquet
        event_time: ordered_at
        primary_key: [order_id]
        append_only: true
        columns:
          - {name: order_id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: ordered_at, data_type: timestamp}
          - {name: points, data_type: bigint}
          - {name: note, data_type: varchar}
features:
  - {name: totals, columns: [{name: points, data_type: bigint}]}
services:
  - {name: everything, features: [totals, last_order, offer]}
  - {name: without_keys, features: [plain]}
"""
MODELS = {
    "totals": """{{ config(entity='user') }}
select user_id, count(*) filter (where {{ last('1 day') }}) as orders,
    sum(points) filter (where {{ last('1 day') }}) as points,
    list(note order by ordered_at) filter (where {{ last('1 day') }}) as notes,
    sum(points * 2) filter (where {{ last('1 day') }}) as twice
from {{ source('shop', 'orders') }} group by user_id""",
    "last_order": """{{ config(entity='user') }}
select user_id, points as last_points, date_diff('minute', ordered_at, {{ as_of() }}) as minutes_ago
from {{ source('shop', 'orders') }}""",
    "offer": """{{ config(request={'factor': 'integer', 'words': 'varchar[]', 'price': 'decimal(30,2)', 'at': 'timestamp'}) }}
select r.factor * 1000000 as scaled, t.points + 1 as points_with_this, l.last_points + r.factor * 0 as same_points,
    case when r.factor * 1000000 is not null then r.words end as words_if_scaled,
    case when r.factor * 1000000 is not null then r.price end as price_if_scaled,
    case when r.factor + 2147483000 is not null then r.at end as at_if_small, r.words as same_words
from {{ request() }} as r left join {{ ref('totals') }} as t using (user_id)
left join {{ ref('last_order') }} as l using (user_id)""",
    "plain": "{{ config(request={'factor': 'integer'}) }} select r.factor * 1000000 as scaled "
    "from {{ request() }} as r",
}
# order, user, minutes before noon, points, note: the sum of users 2 and 5 is beyond a BIGINT
ORDERS = [
    (1, 1, 60.0, 7, "a"),
    (2, 1, 30.0, 5, "d"),
    (3, 2, 50.0, LARGE, "b"),
    (4, 2, 40.0, LARGE, None),
    (5, 3, 3000.0, 9, "old"),
    (6, 5, 20.0, LARGE, "d"),
    (7, 5, 10.0, LARGE + 1, "c"),
    (8, 6, 5.0, LARGE, "d"),
]
FITS, OVERFLOWS, TOO_LARGE_TO_ADD = 2, 3_000, 1_000
"""Factors: times a million beyond an INTEGER or not; and one that is only too large to be added to 2,147,483,000."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("partial")
    (folder / "features").mkdir()
    (folder / "features" / "shop.yml").write_text(PROPERTIES)
    for name, text in MODELS.items():
        (folder / "features" / f"{name}.sql").write_text(text)
    (folder / "skewless.yml").write_text("name: shop\nversion: '1'\nprofile: shop\n")
    (folder / "profiles.yml").write_text(
        "shop: {target: dev, outputs: {dev: {type: duckdb, online: {type: sqlite, path: target/online.db}}}}\n"
    )
    names = ("order_id", "user_id", "ordered_at", "points", "note")
    orders = [(order, user, NOON - dt.timedelta(minutes=ago), *rest) for order, user, ago, *rest in ORDERS]
    pq.write_table(
        pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in orders]), folder / "orders.parquet"
    )
    project = Project.load(folder, environ={})
    project.run(as_of=NOON)
    return project


@pytest.fixture
def server(project: Project) -> Iterator[FeatureServer]:
    server = project.server("everything", clock=lambda: NOON)
    yield server
    server.close()


def asked(user: int | None, factor: int | None = FITS) -> dict[str, Any]:
    words = [f"{user}", None, f"{factor}"]
    at = NOON + dt.timedelta(seconds=user or 0)
    return {"user_id": user, "factor": factor, "words": words, "price": f"{user or 0}.25", "at": at}


def failing(row: dict[str, Any]) -> set[str]:
    """The features that cannot be computed, by arithmetic that DuckDB has no part in."""
    failed = set()
    points = [points for _, user, ago, points, _ in ORDERS if user == row["user_id"] and ago <= 24 * 60]
    if sum(points) >= 2**63:
        failed |= {"points", "points_with_this"}
    if any(one * 2 >= 2**63 for one in points):
        failed |= {"twice"}
    if row["factor"] is not None and row["factor"] * 1_000_000 >= 2**31:
        failed |= {"scaled", "words_if_scaled", "price_if_scaled"}
    if row["factor"] is not None and row["factor"] + 2_147_483_000 >= 2**31:
        failed |= {"at_if_small"}
    return failed


def test_a_value_that_overflows_is_in_error_alone(server: FeatureServer) -> None:
    rows = [asked(1), asked(1, OVERFLOWS), asked(3)]
    vector = server.get(rows, partial=True)
    product = "Out of Range Error: Overflow in multiplication of INT32 (3000 * 1000000)!"
    assert vector.errors == {
        **{name: {1: product} for name in ("scaled", "words_if_scaled", "price_if_scaled")},
        "at_if_small": {1: "Out of Range Error: Overflow in addition of INT32 (3000 + 2147483000)!"},
    }
    assert vector.values["scaled"] == [2_000_000, None, 2_000_000]
    assert vector.statuses["scaled"] == ["PRESENT", "INVALID", "PRESENT"]
    assert vector.values["points"] == [12, 12, None]
    assert vector.statuses["points"] == ["PRESENT", "PRESENT", "NOT_FOUND"]
    assert vector.values["words_if_scaled"] == [["1", None, "2"], None, ["3", None, "2"]]
    assert vector.values["same_words"] == [row["words"] for row in rows]


def test_an_aggregate_that_overflows_is_in_error_for_its_entity_and_whatever_is_made_of_it(
    server: FeatureServer,
) -> None:
    vector = server.get([asked(user) for user in (1, 2, 3, None)], partial=True)
    assert {name: set(failed) for name, failed in vector.errors.items()} == {
        "points": {1}, "twice": {1}, "points_with_this": {1},
    }  # fmt: skip
    assert vector.statuses["points"] == ["PRESENT", "INVALID", "NOT_FOUND", "NOT_FOUND"]
    assert vector.values["points_with_this"] == [13, None, None, None]
    assert vector.statuses["points_with_this"] == ["PRESENT", "INVALID", "NULL_VALUE", "NULL_VALUE"]
    assert vector.values["orders"] == [2, 2, 0, 0]
    assert vector.values["notes"] == [["a", "d"], ["b", None], None, None]
    assert vector.event_timestamps["points"][1] == NOON - dt.timedelta(minutes=40)


def test_features_fail_each_at_their_own_rows(server: FeatureServer) -> None:
    vector = server.get([asked(1, TOO_LARGE_TO_ADD), asked(1), asked(6), asked(2, OVERFLOWS)], partial=True)
    assert {name: list(failed) for name, failed in vector.errors.items()} == {
        "points": [3], "twice": [2, 3], "scaled": [3], "points_with_this": [3], "words_if_scaled": [3],
        "price_if_scaled": [3], "at_if_small": [0, 3],
    }  # fmt: skip


def test_every_row_may_fail(server: FeatureServer) -> None:
    vector = server.get([asked(2, OVERFLOWS)] * 70, partial=True)
    assert {name: len(failed) for name, failed in vector.errors.items()} == dict.fromkeys(
        [name for name in vector.names if name in failing(asked(2, OVERFLOWS))], 70
    )
    assert set(vector.statuses["scaled"]) == {"INVALID"}
    assert vector.values["same_points"] == [LARGE] * 70


@pytest.mark.parametrize("seed", range(6))
def test_a_batch_is_what_its_rows_are_alone(server: FeatureServer, seed: int) -> None:
    chance = random.Random(seed)
    users, factors = (1, 1, 1, 2, 3, 4, 5, 6, None), (FITS, FITS, FITS, None, OVERFLOWS, TOO_LARGE_TO_ADD)
    rows = [asked(chance.choice(users), chance.choice(factors)) for _ in range(chance.randint(2, 60))]
    vector = server.get(rows, partial=True)
    for number, row in enumerate(rows):
        alone = server.get([row], partial=True)
        assert (
            {name for name in vector.names if number in vector.errors.get(name, {})}
            == set(alone.errors)
            == failing(row)
        )
        for name in vector.names:
            assert vector.values[name][number] == alone.values[name][0], (name, row)
            assert vector.statuses[name][number] == alone.statuses[name][0]
            assert (vector.statuses[name][number] == "INVALID") == (name in failing(row))


def test_without_a_word_of_the_caller_an_error_names_features_rows_and_keys(server: FeatureServer) -> None:
    with pytest.raises(EngineError) as error:
        server.get([asked(1), asked(1, TOO_LARGE_TO_ADD)])
    assert error.value.message == (
        "'everything': the feature 'at_if_small' cannot be computed for row 2 (user_id=1): "
        "Out of Range Error: Overflow in addition of INT32 (1000 + 2147483000)!"
    )
    with pytest.raises(EngineError) as error:
        server.get_columns({name: [row[name] for row in [asked(2, OVERFLOWS)] * 1_500] for name in asked(2)})
    assert "'points' cannot be computed for rows 1 (user_id=2), 2 (user_id=2), 3 (user_id=2) and 1,497 more: Conv" in (
        error.value.message
    )
    assert error.value.message.endswith("; and 4 more")


def test_a_service_without_keys_names_rows_by_number(project: Project) -> None:
    server = project.server("without_keys")
    rows = [{"factor": factor} for factor in (FITS, OVERFLOWS)]
    assert server.get(rows, partial=True).values == {"scaled": [2_000_000, None]}
    with pytest.raises(EngineError, match=r"cannot be computed for row 2: Out of Range"):
        server.get(rows)


def test_a_whole_answer_has_no_errors(server: FeatureServer) -> None:
    rows = [asked(1), asked(3)]
    assert server.get(rows, partial=True) == server.get(rows)
    assert server.get(rows).errors == {}
    assert server.get([], partial=True).errors == {}


def test_after_a_failure_the_prepared_statement_answers_again_and_nothing_is_optimized(server: FeatureServer) -> None:
    rows = [asked(1), asked(3)]
    before = server.get(rows)
    computation = server._local.computation
    prepared, connection = computation._execute, computation._connection
    plan = "EXPLAIN SELECT * FROM range(3) WHERE false"
    unoptimized = connection.execute(plan).fetchall()
    for _ in range(2):
        with pytest.raises(EngineError):
            server.get([asked(2, OVERFLOWS)] * 9)
        assert server.get([asked(2, OVERFLOWS), asked(1)], partial=True).errors
        assert connection.execute(plan).fetchall() == unoptimized
        assert server.get(rows) == before
    assert (server._local.computation._execute, computation._sieve._connection) == (prepared, connection)
    connection.execute("PRAGMA enable_optimizer")
    assert connection.execute(plan).fetchall() != unoptimized


class Watched:
    """A connection that counts what it executes, and fails at everything if it is told to."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.runs = 0
        self.fault: Exception | None = None

    def execute(self, what: Any) -> Any:
        self.runs += not isinstance(what, str)
        if self.fault is not None and not isinstance(what, str):
            raise self.fault
        return self._connection.execute(what)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


@pytest.fixture
def watched(server: FeatureServer) -> Watched:
    server.get([asked(1)])
    computation = server._local.computation
    computation._connection = computation._sieve._connection = Watched(computation._connection)
    return computation._connection


def test_one_failure_takes_few_runs(server: FeatureServer, watched: Watched) -> None:
    rows = [asked(1) for _ in range(500)]
    rows[123] = asked(1, TOO_LARGE_TO_ADD)
    assert server.get(rows, partial=True).errors.keys() == {"at_if_small"}
    assert watched.runs <= 2 + 4 * 2 + 4 * 5


def test_what_is_not_told_apart_in_time_is_in_error_together(
    server: FeatureServer, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing that fails is missed, whenever the time is over."""
    rows = [asked(1, OVERFLOWS if number % 3 else FITS) for number in range(64)]
    for most in (0, 1, 10, 40, 100, 1_000):
        monkeypatch.setattr(sieve, "MOST_RUNS", most)
        watched.runs = 0
        vector = server.get(rows, partial=True)
        assert watched.runs <= most + 10
        for name, column in vector.values.items():
            failed = set(vector.errors.get(name, ()))
            assert failed >= {number for number, row in enumerate(rows) if name in failing(row)}
            assert [column[number] for number in failed] == [None] * len(failed)
    assert {name: set(failed) for name, failed in vector.errors.items()} == {
        name: {number for number in range(64) if number % 3} for name in failing(asked(1, OVERFLOWS))
    }


@pytest.mark.parametrize("kind", [duckdb.OutOfMemoryException, duckdb.InternalException, duckdb.OutOfRangeException])
def test_a_fault_that_is_no_values_fails_the_request(server: FeatureServer, watched: Watched, kind: Any) -> None:
    """Not even the numbers of the rows can be had."""
    watched.fault = kind("the engine is ill\nand shows SQL")
    with pytest.raises(EngineError) as error:
        server.get([asked(1)], partial=True)
    assert error.value.message == "'everything': the engine is ill"
    watched.fault = None
    assert server.get([asked(1)]).values["orders"] == [2]


def test_the_serving_log_says_so(project: Project, tmp_path: Path) -> None:
    log = ServingLog(tmp_path)
    server = project.server("everything", clock=lambda: NOON, log=log)
    rows: Sequence[dict[str, Any]] = [asked(1), asked(1, OVERFLOWS), asked(1, None)]
    server.get(rows, partial=True, request_id="one")
    with pytest.raises(EngineError):
        server.get(rows)
    log.close()
    assert logged_rows(tmp_path, "log_row, scaled, scaled__status") == [
        (0, 2_000_000, "PRESENT"), (1, None, "INVALID"), (2, None, "NULL_VALUE"),
    ]  # fmt: skip
