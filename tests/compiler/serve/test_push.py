"""FeatureServer.push: what was pushed is in the next answer, whichever store, thread or form of the rows."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from serve.test_server import online_settings
from serve.world import NOON, write_world
from skewless import FeatureServer, Project
from skewless.ground.errors import DataError, StoreError, UsageError
from skewless.serve import Written
from skewless.tasks.compile import compile_project, write_compiled

RETURNS = """
      - name: visits
        path: visits.parquet
        event_time: at
        known_at: told_at
        primary_key: [visit_id]
        deleted: is_gone
        columns:
          - {name: visit_id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: at, data_type: timestamp}
          - {name: told_at, data_type: timestamp}
          - {name: is_gone, data_type: boolean}
          - {name: seconds, data_type: 'decimal(30,2)'}
      - name: shelves
        path: shelves.parquet
        static: true
        primary_key: [item]
        columns: [{name: item, data_type: bigint}]
"""
VISITS = """{{ config(entity='user') }}
select user_id, count(*) filter (where {{ last('1 day') }}) as visits_1d,
    sum(seconds) filter (where {{ last('1 day') }}) as seconds_1d
from {{ source('shop', 'visits') }} group by user_id"""
SCHEMA = pa.schema(
    {
        "visit_id": pa.int64(),
        "user_id": pa.int64(),
        "at": pa.timestamp("us"),
        "told_at": pa.timestamp("us"),
        "is_gone": pa.bool_(),
        "seconds": pa.decimal128(30, 2),
    }
)
LATER = NOON + dt.timedelta(minutes=10)


def minutes(count: float) -> dt.datetime:
    """A moment before noon."""
    return NOON - dt.timedelta(minutes=count)


def order(number: int, user: int, before: float = 5.0, amount: float = 7.0) -> dict[str, Any]:
    return {"order_id": number, "user_id": user, "ordered_at": minutes(before), "amount": amount, "items": 1}


def visit(number: int, user: int, told: float, **more: Any) -> dict[str, Any]:
    row = {"visit_id": number, "user_id": user, "at": minutes(60), "told_at": minutes(told), "seconds": "1.50"}
    return {**row, **more}


@pytest.fixture(params=["sqlite", "redis", "cluster"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    import pyarrow.parquet as pq

    folder = tmp_path / "project"
    write_world(folder, online_settings(request, request.param))
    properties = folder / "features" / "shop.yml"
    text = properties.read_text().replace("services:\n", f"{RETURNS.strip(chr(10))}\nservices:\n", 1)
    properties.write_text(text + "  - {name: visiting, features: [visits]}\n")
    (folder / "features" / "visits.sql").write_text(VISITS)
    pq.write_table(SCHEMA.empty_table(), folder / "visits.parquet")
    project = Project.load(folder, environ={})
    project.run(as_of=minutes(30))
    return project


def served(project: Project, service: str) -> FeatureServer:
    """Ten minutes after noon: all rows are known."""
    return project.server(service, clock=lambda: LATER)


@pytest.fixture
def server(project: Project) -> Iterator[FeatureServer]:
    server = served(project, "all_kinds")
    yield server
    server.close()


@pytest.fixture
def visits(project: Project) -> Iterator[FeatureServer]:
    server = served(project, "visiting")
    yield server
    server.close()


def compiled(project: Project) -> Path:
    """The folder of the bundles."""
    workspace = project.workspace
    write_compiled(compile_project(workspace, frozenset(workspace.views)), workspace.target_path, NOON)
    return workspace.target_path / "serving"


def orders_1h(server: FeatureServer, user: int) -> Any:
    return server.get([{"user_id": user, "amount": 1.0}]).values["orders_1h"][0]


def visited(server: FeatureServer, user: int) -> tuple[int, str | None]:
    vector = server.get([{"user_id": user}])
    seconds = vector.values["seconds_1d"][0]
    return vector.values["visits_1d"][0], None if seconds is None else str(seconds)


def test_what_was_pushed_is_in_the_next_answer(server: FeatureServer) -> None:
    assert orders_1h(server, 9) == 0
    written = server.push("shop.orders", [order(100, 9), order(101, 9, amount=8.0)])
    assert (written.rows, written.rejected, written.unloaded) == (2, (), ())
    assert written.entities == {"recent": 1, "last_order": 1}
    vector = server.get([{"user_id": 9, "amount": 1.0}])
    assert (vector.values["orders_1h"], vector.values["amount_1h"]) == ([2], [15.0])
    assert vector.statuses["orders_1h"] == ["PRESENT"]


def test_the_same_rows_again_change_nothing(server: FeatureServer) -> None:
    for _ in range(3):
        server.push("shop.orders", [order(100, 9), order(100, 9)])
    assert orders_1h(server, 9) == 1


@pytest.mark.parametrize(
    "rows",
    [
        {name: [value] for name, value in order(100, 9).items()},
        pa.Table.from_pylist([order(100, 9)]),
        pd.DataFrame([order(100, 9)]),
        (order(100, 9),),
    ],
    ids=["columns", "arrow", "pandas", "tuple"],
)
def test_rows_come_in_the_forms_that_people_have(server: FeatureServer, rows: Any) -> None:
    assert server.push("orders", rows).rows == 1
    assert orders_1h(server, 9) == 1


def test_late_rows_count_where_they_belong(server: FeatureServer) -> None:
    server.push("shop.orders", [order(100, 9, before=5)])
    server.push("shop.orders", [order(101, 9, before=45, amount=1.0), order(102, 9, before=70)])
    vector = server.get([{"user_id": 9, "amount": 1.0}])
    assert vector.values["orders_1h"] == [2], "the third is older than an hour"
    assert vector.values["last_amount"] == [7.0], "a late row is not the latest"


def test_a_row_of_the_future_is_seen_when_it_has_happened(server: FeatureServer) -> None:
    server.push("shop.orders", [order(100, 9, before=-20)])
    assert orders_1h(server, 9) == 0
    vector = server.get([{"user_id": 9, "amount": 1.0}], as_of=NOON + dt.timedelta(minutes=21))
    assert vector.values["orders_1h"] == [1]


def test_a_correction_and_a_retraction_replace_what_was_known(visits: FeatureServer) -> None:
    visits.push("shop.visits", [visit(1, 9, told=30)])
    assert visited(visits, 9) == (1, "1.50")
    visits.push("shop.visits", [visit(1, 9, told=20, seconds="12345678901234567890.25")])
    assert visited(visits, 9) == (1, "12345678901234567890.25")
    visits.push("shop.visits", [visit(1, 9, told=25, seconds="7.00")])
    assert visited(visits, 9) == (1, "12345678901234567890.25"), "what was known earlier comes late"
    visits.push("shop.visits", [visit(1, 8, told=15)])
    assert (visited(visits, 9), visited(visits, 8)) == ((0, None), (1, "1.50")), "the visit was somebody else's"
    visits.push("shop.visits", [visit(1, 8, told=10, is_gone=True)])
    assert visited(visits, 8) == (0, None)


def test_rows_that_are_refused_do_not_keep_the_others(server: FeatureServer) -> None:
    rows = [order(100, 9), {**order(101, 9), "amount": "much"}, {**order(102, 9), "colour": "red"}, order(103, 9)]
    written = server.push("shop.orders", rows)
    assert written.rows == 2
    assert [(one.row["order_id"], one.reason) for one in written.rejected] == [
        (101, "'amount' must be DOUBLE, not 'much'"),
        (
            102,
            "shop.orders has no column 'colour'; its columns: order_id, user_id, ordered_at, amount, items",
        ),
    ]
    assert orders_1h(server, 9) == 2


def test_what_are_no_rows_is_refused(server: FeatureServer) -> None:
    with pytest.raises(DataError, match="the rows are int"):
        server.push("shop.orders", 7)
    assert server.push("shop.orders", []).rows == 0


@pytest.mark.parametrize(
    ("source", "message", "help_line"),
    [
        ("shop.order", "there is no source 'shop.order'", "did you mean 'shop.orders'?"),
        ("order", "there is no source 'order'", "did you mean 'shop.orders'?"),
        ("nothing", "there is no source 'nothing'", "sources: shop.orders, shop.visits"),
    ],
)
def test_an_unknown_source_is_told_with_those_that_are_known(
    server: FeatureServer, source: str, message: str, help_line: str
) -> None:
    with pytest.raises(UsageError, match=message) as error:
        server.push(source, [])
    assert error.value.help == help_line


def test_a_table_that_two_sources_have_is_not_guessed() -> None:
    from skewless.contract.source_plan import full_source_name

    with pytest.raises(UsageError, match="'orders' is a table of several sources") as error:
        full_source_name("orders", ["a.orders", "b.orders", "c.visits"])
    assert error.value.help == "write one of: a.orders, b.orders"


@pytest.mark.parametrize("bundle", ["all_kinds.json", "views/recent.json"])
def test_a_server_of_a_file_finds_the_plans_beside_it(project: Project, bundle: str) -> None:
    serving = compiled(project)
    server = FeatureServer.load(serving / bundle, project.workspace.store(), clock=lambda: LATER)
    assert server.push("orders", [order(100, 9)]).rows == 1
    more = {} if bundle.startswith("views") else {"amount": 1.0}
    assert server.get([{"user_id": 9, **more}]).values["orders_1h"] == [1]
    assert orders_1h(served(project, "all_kinds"), 9) == 1


def test_a_server_without_plans_says_how_it_gets_them(project: Project) -> None:
    bundle, store = served(project, "visiting").bundle, project.workspace.store()
    with pytest.raises(UsageError, match="made without plans of sources") as error:
        FeatureServer(bundle, store).push("orders", [])
    assert "sources='target/serving/sources'" in (error.value.help or "")
    folder = compiled(project) / "sources"
    for sources in (folder, str(folder)):
        assert (
            FeatureServer(bundle, store, sources=sources, clock=lambda: LATER).push("orders", [order(1, 9)]).rows == 1
        )
    with pytest.raises(UsageError, match="there is no source 'orders'") as error:
        FeatureServer(bundle, store, sources=folder / "nothing").push("orders", [])
    assert error.value.help == "sources: none"


def test_a_view_that_is_not_loaded_does_not_keep_the_others(server: FeatureServer, project: Project) -> None:
    store = project.workspace.store()
    store.drop([project.workspace.versions["last_order"]])
    written = server.push("shop.orders", [order(100, 9)])
    assert (written.rows, written.unloaded) == (1, ("last_order",))
    store.drop([project.workspace.versions["recent"]])
    with pytest.raises(StoreError, match="holds no state") as error:
        server.push("shop.orders", [order(100, 9)])
    assert error.value.help == "load it: skewless run"


def test_a_server_over_another_store_writes_there(server: FeatureServer, project: Project) -> None:
    with pytest.raises(StoreError, match="holds no state"):
        server.reading(project.workspace.store().within("elsewhere")).push("shop.orders", [order(100, 9)])
    server.push("shop.orders", [order(100, 9)])
    assert orders_1h(server, 9) == 1


def test_threads_that_push_and_get_lose_nothing(server: FeatureServer) -> None:
    """All rows are of one entity, and every thread does both."""
    errors: list[int] = []

    def one(thread: int) -> None:
        for number in range(10):
            server.push("shop.orders", [order(1_000 + thread * 10 + number, 9)])
            if not number < orders_1h(server, 9) <= 40:
                errors.append(number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))
    assert errors == []
    assert orders_1h(server, 9) == 40


def test_the_plan_of_a_source_is_read_once(project: Project) -> None:
    class Counting:
        read = 0

        def names(self) -> list[str]:
            return ["shop.orders"]

        def plan(self, name: str) -> Any:
            Counting.read += 1
            threading.Event().wait(0.05)
            from skewless.tasks.source_plans import plan_of_source

            return plan_of_source(project.workspace, name)

    bundle = served(project, "visiting").bundle
    server = FeatureServer(bundle, project.workspace.store(), sources=Counting(), clock=lambda: LATER)
    with ThreadPoolExecutor(4) as pool:
        written: list[Written] = list(pool.map(lambda name: server.push(name, []), ["orders", "shop.orders"] * 2))
    assert [one.rows for one in written] == [0] * 4
    assert Counting.read == 1
