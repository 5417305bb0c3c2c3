"""A stream that is consumed while a run loads another version: from then on both are written, without a new start."""

from __future__ import annotations

import time
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
            return open_registry(workspace.files, workspace.target)

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
    assert "is not written by this process: it reads 'tip', which shop.orders does not declare" in process.warned[0]
    process.write(4, 1, "2026-01-01 13:20:00")


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
