"""FeatureServer: values, statuses, moments, wrong requests, threads and faults."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from stores.redis_server import RedisServer

from serve.world import NOON, ORDERS, SQLITE, write_orders, write_world
from skewless import FeatureServer, Project
from skewless.ground.errors import DataError, DriverMissing, EngineError, StoreError, UsageError
from skewless.tasks.bundles import bundle_of


@pytest.fixture(scope="module", params=["sqlite", "redis", "cluster"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = write_world(tmp_path_factory.mktemp("shop") / "project", online_settings(request, request.param))
    project.run(as_of=NOON)
    return project


def online_settings(request: pytest.FixtureRequest, kind: str) -> str:
    if kind == "sqlite":
        return SQLITE
    server = request.getfixturevalue("redis_server" if kind == "redis" else "redis_cluster")
    url = server.url if kind == "redis" else server[0].url
    return f"{{type: redis, url: '{url}', prefix: {uuid.uuid4().hex}, timeout: 5}}"


@pytest.fixture
def server(project: Project) -> Iterator[FeatureServer]:
    server = project.server("all_kinds", clock=lambda: NOON)
    yield server
    server.close()


def test_every_kind_of_view_answers(server: FeatureServer) -> None:
    vector = server.get([{"user_id": 1, "amount": 60.0}])
    assert {name: values[0] for name, values in vector.values.items()} == {
        "orders_1h": 2, "amount_1h": 40.0, "last_amount": 30.0, "minutes_ago": 15, "orders_30d": 1, "mean_30d": 20.0,
        "to_last": 2.0, "over_mean": 40.0, "orders_with_this": 3,
    }  # fmt: skip


def test_statuses_explain_and_never_change_a_value(server: FeatureServer) -> None:
    """User 1 is known, 2 has expired, 3 only has old rows, 4 orders at this very moment, 5 is unknown."""
    vector = server.get([{"user_id": user, "amount": 1.0} for user in (1, 2, 3, 4, 5)])
    assert vector.statuses["last_amount"] == [
        "PRESENT", "OUTSIDE_MAX_AGE", "OUTSIDE_MAX_AGE", "NOT_FOUND", "NOT_FOUND",
    ]  # fmt: skip
    assert vector.values["last_amount"] == [30.0, None, None, None, None]
    assert vector.values["orders_1h"] == [2, 0, 0, 0, 0]
    assert vector.statuses["orders_1h"] == ["PRESENT", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"]
    assert vector.statuses["to_last"] == ["PRESENT", "NULL_VALUE", "NULL_VALUE", "NULL_VALUE", "NULL_VALUE"]
    assert vector.event_timestamps["last_amount"][:2] == [
        NOON - dt.timedelta(minutes=15), NOON - dt.timedelta(hours=3),
    ]  # fmt: skip


def test_a_null_key_is_an_entity_without_rows(server: FeatureServer) -> None:
    vector = server.get([{"user_id": None, "amount": 1.0}])
    assert (vector.values["orders_1h"], vector.values["orders_30d"]) == ([0], [0])
    assert vector.values["last_amount"] == [None]


def test_windows_slide_after_the_state_was_loaded(server: FeatureServer) -> None:
    later = server.get([{"user_id": 1, "amount": 1.0}], as_of=NOON + dt.timedelta(minutes=30, microseconds=1))
    assert (later.values["orders_1h"], later.values["minutes_ago"]) == ([1], [45])
    just = server.get([{"user_id": 1, "amount": 1.0}], as_of=NOON + dt.timedelta(minutes=30))
    assert just.values["orders_1h"] == [2]


def test_a_moment_before_the_state_is_refused(server: FeatureServer) -> None:
    with pytest.raises(StoreError, match="known before 2026-06-12 12:00:00") as error:
        server.get([{"user_id": 1, "amount": 1.0}], as_of=NOON - dt.timedelta(microseconds=1))
    assert "run --as-of" in (error.value.help or "")


def test_a_clock_behind_the_state_answers_for_the_state(project: Project) -> None:
    server = project.server("all_kinds", clock=lambda: NOON - dt.timedelta(seconds=2))
    assert server.get([{"user_id": 1, "amount": 1.0}]).as_of == NOON


def test_an_empty_batch_has_every_column_and_no_rows(server: FeatureServer) -> None:
    vector = server.get([])
    assert len(vector) == 0
    assert vector.to_arrow().column_names[:2] == ["user_id", "orders_1h"]


def test_a_vector_becomes_what_a_model_takes(server: FeatureServer) -> None:
    vector = server.get([{"user_id": 1, "amount": 60.0}, {"user_id": 5, "amount": 1.0}])
    assert vector.to_dict()["orders_1h"] == [2, 0]
    assert vector.to_arrow().schema.field("orders_1h").type == "int64"
    assert vector.to_pandas()["last_amount"][0] == 30.0
    numbers = vector.to_numpy()
    assert numbers.shape == (2, 9)
    assert numbers[0][0] == 2.0


def test_a_vector_says_which_packages_it_lacks(server: FeatureServer, monkeypatch: pytest.MonkeyPatch) -> None:
    vector = server.get([{"user_id": 1, "amount": 60.0}])
    monkeypatch.setitem(sys.modules, "numpy", None)
    monkeypatch.setattr("skewless.serve.vector.find_spec", lambda _: None)
    for call in (vector.to_numpy, vector.to_pandas):
        with pytest.raises(DriverMissing) as error:
            call()
        assert error.value.help == "pip install 'skewless[pandas]'"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"user_id": 1}, "lacks the field 'amount'"),
        ({"user_id": 1, "amount": 1.0, "colour": "red"}, "'colour'"),
        ({"user_id": 1, "amuont": 1.0}, "'amuont'"),
        ({"user_id": "one", "amount": 1.0}, "'user_id' must be BIGINT"),
        ({"user_id": 1, "amount": "much"}, "'amount' must be DOUBLE"),
        ("user 1", "row 1 is str"),
    ],
)
def test_a_wrong_request_names_the_field(server: FeatureServer, row: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        server.get([row])  # type: ignore[list-item]


@pytest.mark.parametrize(
    "rows", [{"user_id": 1, "amount": 1.0}, pd.DataFrame({"user_id": [1], "amount": [1.0]}), None, "rows", 7]
)
def test_a_request_that_is_no_list_says_what_to_give(server: FeatureServer, rows: object) -> None:
    with pytest.raises(DataError, match=f"the entity rows are {type(rows).__name__}, and a list of mappings") as error:
        server.get(rows)  # type: ignore[arg-type]
    assert error.value.help == "give a list of mappings: [{'user_id': ..., 'amount': ...}]"


def test_columns_of_pandas_are_read_by_place(tmp_path: Path) -> None:
    """A frame that was sorted or filtered has other labels than places."""
    folder = tmp_path / "project"
    write_world(folder)
    (folder / "features" / "own.sql").write_text(
        "{{ config(entity='user') }} select user_id, count(*) filter (where {{ last('1 hour') }}) + 10 * user_id as own_orders "
        "from {{ source('shop', 'orders') }} group by user_id"
    )
    (folder / "features" / "own.yml").write_text("services: [{name: own, features: [own]}]")
    project = Project.load(folder, environ={})
    project.run(as_of=NOON, views=["own"])
    server = project.server("own", clock=lambda: NOON)
    frame = pd.DataFrame({"user_id": [5, 1, 2]}).sort_values("user_id")
    assert server.get_columns({"user_id": frame["user_id"]}).to_dict() == {
        "user_id": [1, 2, 5],
        "own_orders": [12, 20, 50],
    }


def test_a_feature_may_be_called_as_a_status_of_an_instance(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    write_world(folder)
    (folder / "features" / "odd.sql").write_text(
        "{{ config(entity='user', request={'given': 'bigint'}) }} select r.given as recent___seen, "
        "{{ as_of() }} as recent___event_time from {{ request() }} as r"
    )
    (folder / "features" / "odd.yml").write_text("services: [{name: odd, features: [recent, odd]}]")
    project = Project.load(folder, environ={})
    project.run(as_of=NOON, views=["recent"])
    vector = project.server("odd", clock=lambda: NOON).get([{"user_id": 1, "given": 0}, {"user_id": 5, "given": 1}])
    assert vector.statuses["orders_1h"] == ["PRESENT", "NOT_FOUND"]
    assert vector.event_timestamps["orders_1h"] == [NOON - dt.timedelta(minutes=15), None]
    assert vector.values["recent___seen"] == [0, 1]


def test_rows_may_be_a_tuple_or_a_generator(server: FeatureServer) -> None:
    rows = [{"user_id": user, "amount": 1.0} for user in (1, 5)]
    assert server.get(tuple(rows)) == server.get(row for row in rows) == server.get(rows)


@pytest.mark.parametrize("as_of", ["noon", 7, dt.datetime.max.replace(tzinfo=dt.timezone(-dt.timedelta(hours=1)))])
def test_an_as_of_that_is_no_moment_is_refused(server: FeatureServer, as_of: Any) -> None:
    with pytest.raises(DataError, match="as_of must be a moment"):
        server.get([{"user_id": 1, "amount": 1.0}], as_of=as_of)


def test_a_closed_server_says_so(project: Project) -> None:
    """Also to a thread that has a connection, and one that has none."""
    server = project.server("all_kinds", clock=lambda: NOON)
    rows, said = [{"user_id": 1, "amount": 1.0}], []

    def ask() -> None:
        with pytest.raises(StoreError, match="is closed") as error:
            server.get(rows)
        said.append(error.value.help)

    server.get(rows)
    server.close()
    ask()
    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert said == ["open it again: FeatureServer.load"] * 2


def test_a_tick_is_shown_once_its_lag_is_over_without_another_run(tmp_path: Path) -> None:
    """User 2 orders at 9 on the 11th and never again: the night of the 12th counts it, the night of the 13th does not.

    State of 1 o'clock on the 13th answers for the night before until 6, and for its own night from then on.
    """
    project = write_world(tmp_path / "project")
    write_orders(tmp_path / "project", [(1, 2, 27.0, 50.0), (2, 1, 1.0, 10.0)])
    night = dt.datetime(2026, 6, 13)
    project.run(as_of=night + dt.timedelta(hours=1))
    server = project.server("lagged")
    for hours, microseconds in ((1, 0), (6, 0), (6, 1), (20, 0)):
        moment = night + dt.timedelta(hours=hours, microseconds=microseconds)
        rows = [{"user_id": user, "at": moment} for user in (1, 2, 3)]
        trained = project.training_set("lagged", rows, timestamp="at").column("orders_1d").to_pylist()
        served = server.get([{"user_id": user} for user in (1, 2, 3)], as_of=moment).values["orders_1d"]
        assert served == trained == ([0, 1, 0] if (hours, microseconds) < (6, 1) else [1, 0, 0]), moment


def test_an_overflow_names_the_feature(project: Project) -> None:
    server = project.server("overflowing", clock=lambda: NOON)
    assert server.get([{"user_id": 1, "factor": 1}]).values["scaled"] == [2147483647]
    with pytest.raises(EngineError, match="'overflowing': the feature 'scaled' cannot"):
        server.get([{"user_id": 1, "factor": 2}])
    assert server.get([{"user_id": 1, "factor": 1}]).values["scaled"] == [2147483647]


def test_stored_columns_alone_need_no_statement(project: Project) -> None:
    bundle = bundle_of(project.workspace.service("stored_only"), project.workspace.versions, project="p", store="")
    assert [one.computed for one in bundle.outputs] == [None, "minutes_ago", None, None]


def test_threads_share_a_server(server: FeatureServer) -> None:
    failures: list[object] = []

    def ask(user: int, orders: int) -> None:
        for _ in range(60):
            vector = server.get([{"user_id": user, "amount": float(user)}])
            if vector.values["orders_1h"] != [orders] or vector.values["orders_with_this"] != [orders + 1]:
                failures.append(vector)

    threads = [threading.Thread(target=ask, args=(user, 2 if user == 1 else 0)) for user in (1, 2, 1, 3, 1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_server_reads_while_run_writes(tmp_path: Path) -> None:
    """Every answer is of the old state or of the new one, never of a mixture, and none fails."""
    project = write_world(tmp_path / "project")
    project.run(as_of=NOON)
    server = project.server("all_kinds", clock=lambda: NOON)
    stop, seen = threading.Event(), set()

    def ask() -> None:
        while not stop.is_set():
            vector = server.get([{"user_id": 1, "amount": 1.0}])
            seen.add((vector.values["orders_1h"][0], vector.values["amount_1h"][0]))

    reader = threading.Thread(target=ask)
    reader.start()
    for number in range(6):
        extra = [(7, 1, 0.1, 100.0)] if number % 2 == 0 else []
        write_orders(tmp_path / "project", [*ORDERS, *extra])
        project.run(as_of=NOON)
    stop.set()
    reader.join()
    assert seen <= {(2, 40.0), (3, 140.0)}
    assert len(seen) == 2


def test_a_store_without_the_version_says_what_to_do(tmp_path: Path) -> None:
    project = write_world(tmp_path / "project")
    project.run(as_of=NOON, views=["recent"])
    with pytest.raises(StoreError, match="no state of") as error:
        project.server("all_kinds")
    assert "skewless run" in (error.value.help or "")


def test_a_store_that_is_not_there_is_named_and_not_made(project: Project, tmp_path: Path) -> None:
    bundle = bundle_of(project.workspace.service("all_kinds"), project.workspace.versions, project="p", store="")
    (tmp_path / "bundle.json").write_text(bundle.to_json())
    with pytest.raises(StoreError, match=r"there is no online store '.*nowhere/online\.db'") as error:
        FeatureServer.load(tmp_path / "bundle.json", f"sqlite:///{tmp_path}/nowhere/online.db")
    assert error.value.help == "load it: skewless run"
    assert not (tmp_path / "nowhere").exists()


def test_a_service_without_state_needs_no_store(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    write_world(folder)
    (folder / "features" / "doubled.sql").write_text(
        "{{ config(entity='user', request={'amount': 'double'}) }} select r.amount * 2 as twice from {{ request() }} as r"
    )
    (folder / "features" / "doubled.yml").write_text("services: [{name: doubles, features: [doubled]}]")
    server = Project.load(folder, environ={}).server("doubles")
    assert server.get([{"user_id": 1, "amount": 2.0}]).values == {"twice": [4.0]}
    assert not (folder / "target").exists()


def test_a_bundle_of_another_duckdb_is_refused_at_start(project: Project, tmp_path: Path) -> None:
    bundle = bundle_of(project.workspace.service("all_kinds"), project.workspace.versions, project="p", store="")
    data = json.loads(bundle.to_json())
    data["versions"]["duckdb"] = "1.4.0"
    (tmp_path / "bundle.json").write_text(json.dumps(data))
    with pytest.raises(UsageError, match=r"DuckDB 1\.4\.0"):
        FeatureServer.load(tmp_path / "bundle.json", project.workspace.store())


@pytest.mark.parametrize("text", ["", "{", '{"format": 99}', "[]"])
def test_a_broken_bundle_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "bundle.json").write_text(text)
    with pytest.raises(UsageError, match="bundle"):
        FeatureServer.load(tmp_path / "bundle.json", "sqlite:///nowhere.db")


def test_a_bundle_survives_its_file(project: Project, tmp_path: Path) -> None:
    bundle = bundle_of(project.workspace.service("all_kinds"), project.workspace.versions, project="p", store="")
    (tmp_path / "bundle.json").write_text(bundle.to_json())
    server = FeatureServer.load(tmp_path / "bundle.json", project.workspace.store(), clock=lambda: NOON)
    assert server.bundle == bundle
    assert server.get([{"user_id": 1, "amount": 60.0}]).values["to_last"] == [2.0]


def test_a_store_that_is_given_is_read_under_the_prefix_of_the_bundle(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    """Two targets of a project on one server: with the project's own prefix the other one's values would be served."""
    prefixes, found = [uuid.uuid4().hex for _ in range(2)], []
    for prefix, amount in zip(prefixes, (30.0, 70.0), strict=True):
        folder = tmp_path / prefix
        project = write_world(folder, f"{{type: redis, url: '{redis_server.url}', prefix: {prefix}}}")
        write_orders(folder, [(1, 1, 0.5, amount)])
        project.run(as_of=NOON)
        workspace = project.workspace
        plan, store = workspace.service("all_kinds"), workspace.store_address
        (folder / "bundle.json").write_text(bundle_of(plan, workspace.versions, project="shop", store=store).to_json())
    for prefix in prefixes:
        server = FeatureServer.load(tmp_path / prefix / "bundle.json", f"redis://:@127.0.0.1:{redis_server.port}")
        found += server.get([{"user_id": 1, "amount": 1.0}], as_of=NOON).values["last_amount"]
        server.close()
    assert found == [30.0, 70.0]


_FORKED = """
import os, sys, threading, warnings
warnings.simplefilter("ignore")
from skewless import Project
project = Project.load(sys.argv[1], environ={})
server = project.server("all_kinds")
ask = lambda: server.get([{"user_id": 1, "amount": 60.0}], as_of="2026-06-12T12:00:00").values["to_last"]
ask()
ready, done = threading.Event(), threading.Event()
other = threading.Thread(target=lambda: (ask(), ready.set(), done.wait()))
other.start()
ready.wait()
child = os.fork()
if child == 0:
    print("child", ask(), flush=True)
    thread = threading.Thread(target=lambda: print("its thread", ask(), flush=True))
    thread.start()
    thread.join()
    sys.exit(7)
_, status = os.waitpid(child, 0)
print("parent", ask(), os.waitstatus_to_exitcode(status), flush=True)
done.set()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_server_that_is_forked_answers_on_both_sides(project: Project) -> None:
    """As servers do that load an application before they start their workers, some of its threads at work."""
    command = [sys.executable, "-c", _FORKED, str(project.workspace.root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert done.stdout.splitlines() == ["child [2.0]", "its thread [2.0]", "parent [2.0] 7"], done.stderr


def test_importing_the_server_loads_no_compiler() -> None:
    code = (
        "import sys, skewless.serve; from skewless import FeatureServer; "
        "print(sorted({'jinja2', 'sqlglot', 'yaml', 'click', 'pydantic', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
