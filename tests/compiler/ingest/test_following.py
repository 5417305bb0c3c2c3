"""A stream that is consumed while a run loads another version: from then on both are written, without a new start."""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from cli.cli_project import NOON, Shop, write_shop

from skewless import FeatureServer
from skewless.contract.source_plan import load_source_plan
from skewless.ground.errors import RegistryError
from skewless.ingest.stream.following import FollowingWriter
from skewless.registry.registry import Registry
from skewless.tasks.followed_plans import FollowedPlans
from skewless.tasks.open_registry import open_registry
from skewless.tasks.workspace import Options, load_workspace

AT = "2026-01-01T13:30:00Z"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = write_shop(tmp_path / "shop")
    shop.ok("run", "--as-of", NOON)
    return shop


class Process:
    """What a process that consumes orders has from its start on."""

    def __init__(self, shop: Shop) -> None:
        workspace = load_workspace(Options(project_dir=shop.root), {})
        self.told: list[str] = []
        self.warned: list[str] = []
        self.fault: RegistryError | None = None
        self.asked = 0

        def registry() -> Registry:
            self.asked += 1
            if self.fault is not None:
                raise self.fault
            return open_registry(workspace.files, workspace.target, make=False)

        compiled = load_source_plan(shop.root / "target/serving/sources/shop.orders.json")
        self.plans = FollowedPlans([compiled], registry, tell=self.told.append, warn=self.warned.append, every=0.02)
        self.store = workspace.store()
        self.writer = FollowingWriter(lambda: self.plans.newest("shop.orders"), self.store)

    def write(self, number: int, user: int, ordered_at: str) -> None:
        import datetime as dt

        row = {"order_id": number, "user_id": user, "amount": 1.0, "ordered_at": dt.datetime.fromisoformat(ordered_at)}
        types = {
            "order_id": pa.int64(),
            "user_id": pa.int64(),
            "amount": pa.float64(),
            "ordered_at": pa.timestamp("us"),
        }
        self.writer.write(pa.Table.from_pylist([row], schema=pa.schema(types.items())))

    def look(self) -> None:
        """Waits until the registry has been asked anew, and the answer has been taken."""
        _until(lambda asked=self.asked: self.asked >= asked + 2)


@pytest.fixture
def process(shop: Shop) -> Iterator[Process]:
    process = Process(shop)
    with closing(process.store), process.plans:
        yield process


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _orders(shop: Shop, bundle: str) -> Any:
    with closing(FeatureServer.load(shop.root / bundle, f"sqlite:///{shop.root}/target/online.db")) as server:
        return server.get([{"user_id": 1}], as_of=AT).values["orders_1d"][0]


def test_a_version_that_a_run_loads_is_written_from_then_on_beside_the_old_one(shop: Shop, process: Process) -> None:
    (shop.root / "target/serving").rename(shop.root / "old")
    shop.replace("features/user_totals.sql", "'1 day'", "'2 hours'").ok("run", "--as-of", NOON)
    _until(lambda: bool(process.told))
    [told] = process.told
    assert "is written from now on, too" in told
    process.write(4, 1, "2026-01-01 13:20:00")
    assert _orders(shop, "target/serving/totals_v1.json") == 1  # the others are older than two hours
    assert _orders(shop, "old/totals_v1.json") == 3
    assert not process.warned


def test_nothing_changes_as_long_as_no_run_does(process: Process) -> None:
    before = process.plans.newest("shop.orders")
    process.look()
    assert process.plans.newest("shop.orders") is before
    assert not process.told


def test_a_version_that_was_retired_is_written_no_more(shop: Shop, process: Process) -> None:
    shop.replace("features/user_totals.sql", "'1 day'", "'2 hours'").ok("run", "--as-of", NOON)
    shop.replace("features/user_totals.sql", "'2 hours'", "'3 hours'").ok("run", "--as-of", NOON)
    _until(lambda: len(process.told) == 2)
    second = process.told[0].split()[0]
    versions = {view.version for view in process.plans.newest("shop.orders").views}
    assert second in versions
    shop.ok("clean", "--online", "--yes", "--retire-after", "0 seconds")
    _until(lambda: second not in {view.version for view in process.plans.newest("shop.orders").views})
    process.write(4, 1, "2026-01-01 13:20:00")
    assert _orders(shop, "target/serving/totals_v1.json") == 2


def test_a_version_that_reads_what_the_process_does_not_know_is_named(shop: Shop, process: Process) -> None:
    shop.write("data/orders.csv", _with_tips(shop.read("data/orders.csv")))
    shop.replace(
        "features/shop.yml",
        "{name: amount, data_type: double,",
        "{name: tip, data_type: double}\n          - {name: amount, data_type: double,",
    )
    shop.replace("features/user_totals.sql", "sum(amount)", "sum(amount + tip)").ok("run", "--as-of", NOON)
    _until(lambda: bool(process.warned))
    assert (
        "is not written until this process is started anew: it reads 'tip', which shop.orders does not declare"
        in process.warned[0]
    )
    process.write(4, 1, "2026-01-01 13:20:00")


def test_a_version_that_knows_its_rows_by_another_column_is_left_to_a_new_start(shop: Shop, process: Process) -> None:
    """This process would not stamp the column, and rows without it are invisible for ever."""
    shop.replace("features/shop.yml", "event_time: ordered_at", "event_time: ordered_at\n        known_at: heard_at")
    heard = "{name: heard_at, data_type: timestamp}\n          - {name: amount, data_type: double,"
    shop.replace("features/shop.yml", "{name: amount, data_type: double,", heard)
    first, *rows = shop.read("data/orders.csv").splitlines()
    lines = [f"{first},heard_at", *(f"{row},{row.rpartition(',')[2]}" for row in rows)]
    shop.write("data/orders.csv", "\n".join(lines) + "\n").ok("run", "--as-of", NOON)
    _until(lambda: bool(process.warned))
    assert "'heard_at' says when its rows were known" in process.warned[0]
    assert not process.told


def test_a_lost_registry_takes_no_version_away(shop: Shop, process: Process) -> None:
    """It would be made anew, and know of nothing; nor does the one that the next run makes know of the past."""
    shop.replace("features/user_totals.sql", "'1 day'", "'2 hours'").ok("run", "--as-of", NOON)
    _until(lambda: bool(process.told))
    second = process.told[0].split()[0]
    (shop.root / "target/registry.db").unlink()
    _until(lambda: bool(process.warned))
    assert "there is no registry" in process.warned[0]
    process.write(4, 1, "2026-01-01 13:20:00")
    assert _orders(shop, "target/serving/totals_v1.json") == 1
    shop.replace("features/user_totals.sql", "'2 hours'", "'3 hours'")
    assert "is new; the online store holds" in shop.ok("run", "--as-of", NOON).stdout
    _until(lambda: len(process.told) == 2)
    assert second in {view.version for view in process.plans.newest("shop.orders").views}


def test_a_version_that_another_release_notes_anew_is_still_written(shop: Shop, process: Process) -> None:
    """A run of a newer release beside a stream that goes on: what the stream has taken up it can still write."""
    shop.replace("features/user_totals.sql", "'1 day'", "'2 hours'").ok("run", "--as-of", NOON)
    _until(lambda: bool(process.told))
    with closing(sqlite3.connect(shop.root / "target/registry.db", isolation_level=None)) as registry:
        registry.execute('UPDATE view_versions SET packages = \'{"skewless": "9", "duckdb": "9", "sqlglot": "9"}\'')
    process.look()
    process.write(4, 1, "2026-01-01 13:20:00")
    assert _orders(shop, "target/serving/totals_v1.json") == 1


def test_what_cannot_be_read_in_the_registry_ends_no_watching(shop: Shop, process: Process) -> None:
    shop.replace("features/user_totals.sql", "'1 day'", "'2 hours'").ok("run", "--as-of", NOON)
    _until(lambda: bool(process.told))
    second = process.told[0].split()[0]
    with closing(sqlite3.connect(shop.root / "target/registry.db", isolation_level=None)) as registry:
        registry.execute("CREATE TABLE before AS SELECT version, written FROM view_versions")
        registry.execute("UPDATE view_versions SET written = ?", [zlib.compress(b"{}")])
        _until(lambda: bool(process.warned))
        assert "cannot be read (KeyError: 'keys')" in process.warned[0]
        assert second in {view.version for view in process.plans.newest("shop.orders").views}
        registry.execute(
            "UPDATE view_versions SET written = (SELECT written FROM before WHERE before.version = view_versions.version)"
        )
    shop.replace("features/user_totals.sql", "'2 hours'", "'3 hours'").ok("run", "--as-of", NOON)
    _until(lambda: len(process.told) == 2)


def _with_tips(text: str) -> str:
    first, *rows = text.splitlines()
    return "\n".join([f"{first},tip", *(f"{row},1.0" for row in rows)]) + "\n"


def test_a_registry_that_does_not_answer_stops_nothing_and_is_told_of_once(shop: Shop, process: Process) -> None:
    process.fault = RegistryError("it is away")
    process.look()
    process.look()
    assert process.warned == [
        "versions that runs load from now on are not written until the registry answers: it is away"
    ]
    process.write(4, 1, "2026-01-01 11:30:00")
    assert _orders(shop, "target/serving/totals_v1.json") == 3
    process.fault = None
    shop.replace("features/user_totals.sql", "'1 day'", "'2 hours'").ok("run", "--as-of", NOON)
    _until(lambda: bool(process.told))
