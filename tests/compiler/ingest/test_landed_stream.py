"""What was served from a stream is what training sees afterwards, at the moments at which it was served.

Rows come late, twice, corrected and taken back, and none of them says when it became known.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stores.redis_server import RedisServer

from skewless.ground.moments import microseconds
from skewless.ingest.stream import consume
from skewless.ingest.stream.consume import Consumer, Pace
from skewless.ingest.stream.kind import StreamAddress
from skewless.ingest.stream.landed import with_landing
from skewless.ingest.stream.redis import RedisStream
from skewless.ingest.writer import SourceWriter
from skewless.serve.server import FeatureServer
from skewless.stores.open import open_store
from skewless.tasks.bundles import bundle_of
from skewless.tasks.load import load_view
from skewless.tasks.source_plans import source_plans
from skewless.tasks.train import training_set
from skewless.tasks.workspace import Options, Workspace, load_workspace

NOON = dt.datetime(2026, 6, 12, 12)
MINUTE = dt.timedelta(minutes=1)
USERS = (1, 2, 3)
PROJECT = {
    "skewless.yml": "name: p\nprofile: p\n",
    "profiles.yml": "p:\n  target: dev\n  outputs:\n    dev: {type: duckdb, threads: 1}\n",
    "features/totals.sql": (
        "{{ config(entity='user') }}\n"
        "select user_id, count(*) filter (where {{ last('1 day') }}) as n,\n"
        "    sum(amount) filter (where {{ last('1 hour') }}) as total,\n"
        "    arg_max(amount, ordered_at) filter (where {{ last('1 day') }}) as last_amount\n"
        "from {{ source('shop', 'orders') }}\ngroup by user_id\n"
    ),
    "features/newest.sql": (
        "{{ config(entity='user', ttl='1 day') }}\n"
        "select user_id, amount, ordered_at from {{ source('shop', 'orders') }}\n"
    ),
    "features/shop.yml": """
entities:
  - {name: user, keys: [{name: user_id, data_type: bigint}]}
sources:
  - name: shop
    tables:
      - name: orders
        path: orders.csv
        event_time: ordered_at
        known_at: known_at
        primary_key: [order_id]
        RULES
        stream: {type: redis, url: 'redis://nowhere:6379', land: landed}
        columns:
          - {name: order_id, data_type: bigint}
          - {name: user_id, data_type: bigint}
          - {name: amount, data_type: bigint}
          - {name: is_void, data_type: boolean}
          - {name: ordered_at, data_type: timestamp}
          - {name: known_at, data_type: timestamp}
services:
  - {name: svc, features: [totals, newest]}
""",
    "orders.csv": "order_id,user_id,amount,is_void,ordered_at,known_at\n",
}
RULES = {"versions": "deleted: is_void", "append_only": "append_only: true"}


@st.composite
def logs(draw: st.DrawFn, rules: str) -> list[list[tuple[int, dict[str, Any]]]]:
    """Stages of messages, each with the second at which it arrives, and its row."""
    count = draw(st.integers(1, 14))
    sent: list[dict[str, Any]] = []
    stages: list[list[tuple[int, dict[str, Any]]]] = [[]]
    for second in range(1, count + 1):
        again = draw(st.booleans()) if sent else False
        row = dict(draw(st.sampled_from(sent))) if again else _order(draw, second)
        if again and rules == "versions":
            row |= draw(st.sampled_from([{}, {"amount": 99}, {"user_id": 3}, {"is_void": True}, {"is_void": False}]))
        sent.append(row)
        stages[-1].append((second, row))
        if draw(st.booleans()):
            stages.append([])
    return stages


def _order(draw: st.DrawFn, number: int) -> dict[str, Any]:
    minutes = draw(st.sampled_from([-1500, -70, -59, -1, 0, 3]))
    at = NOON + minutes * MINUTE + dt.timedelta(milliseconds=number)
    return {
        "order_id": number, "user_id": draw(st.sampled_from(USERS[:2])), "amount": draw(st.integers(0, 9)),
        "ordered_at": at.isoformat(),
    }  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(consume, "_WAIT", 0.01)
        yield


class Twin:
    """A project, its online store, and a stream whose rows are landed."""

    def __init__(self, root: Path, server: RedisServer, rules: str) -> None:
        for path, text in PROJECT.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text.replace("RULES", RULES[rules]))
        self.root, self.server, self.name = root, server, f"orders-{uuid.uuid4().hex[:8]}"
        self.workspace: Workspace = load_workspace(Options(project_dir=root), {})
        self.workspace.check()
        self.store = open_store(f"sqlite:///{root}/online.db", project="p")
        with self.workspace.engine() as engine:
            for view in ("totals", "newest"):
                load_view(engine, self.store, self.workspace.view(view), self.workspace.versions[view], NOON)
        (self.plan,) = source_plans(self.workspace, ["totals", "newest"])
        self.service = self.workspace.service("svc")
        bundle = bundle_of(self.service, self.workspace.versions, project="p", store="")
        self.vectors = FeatureServer(bundle, self.store)
        self.told: list[str] = []

    def send(self, second: int, *rows: dict[str, Any]) -> None:
        milliseconds = microseconds(NOON) // 1000 + second * 1000
        self.server.client.xadd(self.name, {"data": json.dumps(rows)}, id=f"{milliseconds}-0")

    def consume(self, consumer: str = "one") -> None:
        address = StreamAddress(
            source="shop.orders", type="redis", url=self.server.url, name=self.name, group="p", format="json"
        )
        stream, writer = with_landing(
            RedisStream(address, consumer, tell=self.told.append),
            SourceWriter(self.plan, self.store),
            self.root / "landed",
            tell=self.told.append,
            is_patient=False,
        )
        stop = threading.Event()
        Consumer(stream, "json", writer, stop=stop, tell=self.told.append, pace=Pace(once=True), is_landed=True).run()

    def served(self, at: dt.datetime) -> list[dict[str, Any]]:
        vector = self.vectors.get([{"user_id": user} for user in USERS], as_of=at)
        return [{name: vector.values[name][place] for name in vector.names} for place in range(len(USERS))]

    def trained(self, moments: list[dt.datetime]) -> list[dict[str, Any]]:
        spine = pa.table(
            {
                "user_id": [user for _ in moments for user in USERS],
                "ts": pa.array([at for at in moments for _ in USERS], pa.timestamp("us")),
            }
        )
        with self.workspace.engine() as engine:
            rows = training_set(engine, self.service, spine, "ts").to_pylist()
        return [{name: value for name, value in row.items() if name not in ("user_id", "ts")} for row in rows]

    @property
    def files(self) -> list[str]:
        return sorted(path.relative_to(self.root / "landed").as_posix() for path in (self.root / "landed").rglob("*.*"))


@pytest.mark.parametrize("rules", RULES)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_training_sees_what_was_served(redis_server: RedisServer, rules: str, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        twin = Twin(Path(folder), redis_server, rules)
        moments, served = [], []
        second = 0
        for stage in data.draw(logs(rules), label="stages"):
            for second, row in stage:
                twin.send(second, row)
            twin.consume()
            moments.append(NOON + dt.timedelta(seconds=second, milliseconds=500))
            served += twin.served(moments[-1])
        assert twin.trained(moments) == served
        twin.store.close()


def test_a_row_is_known_when_its_message_arrived(redis_server: RedisServer, tmp_path: Path) -> None:
    twin = Twin(tmp_path, redis_server, "versions")
    given_time = {"known_at": (NOON + 2 * MINUTE).isoformat()}
    row = {"order_id": 1, "user_id": 1, "amount": 5, "ordered_at": NOON.isoformat()}
    twin.send(1, row, row | {"order_id": 2} | given_time, row | {"order_id": 3, "known_at": None})
    twin.consume()
    assert [row["n"] for row in twin.served(NOON + MINUTE)] == [2, 0, 0]
    assert [row["n"] for row in twin.served(NOON + 3 * MINUTE)] == [3, 0, 0]
    twin.send(60 * 60 * 13, row | {"order_id": 4})
    twin.consume()
    found = {}
    for name in twin.files:
        for one in pq.ParquetFile(twin.root / "landed" / name).read().to_pylist():
            found[one["order_id"]] = (one["known_at"], name.partition("/")[0])
    day, next_day = "known_date=2026-06-12", "known_date=2026-06-13"
    assert found == {
        1: (NOON + dt.timedelta(seconds=1), day),
        2: (NOON + 2 * MINUTE, day),
        3: (NOON + dt.timedelta(seconds=1), day),
        4: (NOON + dt.timedelta(hours=13), next_day),
    }


def test_what_run_loads_again_is_what_was_streamed(redis_server: RedisServer, tmp_path: Path) -> None:
    twin = Twin(tmp_path, redis_server, "append_only")
    twin.send(1, {"order_id": 1, "user_id": 1, "amount": 5, "ordered_at": NOON.isoformat()})
    twin.consume()
    at = NOON + MINUTE
    before = twin.served(at)
    assert before[0]["n"] == 1
    with twin.workspace.engine() as engine:
        for view in ("totals", "newest"):
            load_view(engine, twin.store, twin.workspace.view(view), twin.workspace.versions[view], at)
    assert twin.served(at) == before


def test_a_landing_folder_is_no_part_of_a_version(redis_server: RedisServer, tmp_path: Path) -> None:
    twin = Twin(tmp_path / "a", redis_server, "versions")
    text = (twin.root / "features/shop.yml").read_text()
    (twin.root / "features/shop.yml").write_text(text.replace(", land: landed", ""))
    assert load_workspace(Options(project_dir=twin.root), {}).versions == twin.workspace.versions


def test_a_consumer_that_is_killed_leaves_whole_files_and_loses_nothing(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    twin = Twin(tmp_path, redis_server, "versions")
    plan = tmp_path / "plan.json"
    plan.write_text(twin.plan.to_json())
    tests = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parents[1] / "compiler")])}
    command = [sys.executable, "-m", "ingest.landing_consumer", redis_server.url, twin.name, str(plan), str(tmp_path)]
    chance = random.Random(7)
    sent, second = {}, 0
    for _ in range(8):
        for _ in range(300):
            second += 1
            number = chance.randrange(500)
            at = NOON + dt.timedelta(seconds=second - chance.randrange(4000), microseconds=number)
            sent[number, second] = {
                "order_id": number, "user_id": chance.choice(USERS), "amount": second, "ordered_at": at.isoformat(),
            }  # fmt: skip
            twin.send(second, sent[number, second])
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:  # noqa: S603
            assert process.stdout is not None
            process.stdout.readline()  # it has begun
            time.sleep(chance.random() * 0.8)
            deadline = time.monotonic() + 60
            while not any(name.endswith(".parquet") for name in twin.files) and time.monotonic() < deadline:
                time.sleep(0.01)  # the first may be slow to land anything
            process.kill()
    landed_by_the_killed = len([name for name in twin.files if name.endswith(".parquet")])
    twin.consume("killed")
    assert redis_server.client.xpending(twin.name, "p")["pending"] == 0
    rows = [
        (row["order_id"], row["amount"])
        for name in twin.files
        if name.endswith(".parquet")
        for row in pq.ParquetFile(twin.root / "landed" / name).read().to_pylist()
    ]
    assert landed_by_the_killed > 0
    assert set(rows) == set(sent)
    at = NOON + dt.timedelta(seconds=second, milliseconds=500)
    assert twin.trained([at]) == twin.served(at)
