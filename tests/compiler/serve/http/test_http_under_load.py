"""Clients that ask without a pause while Redis is killed and started again, five times: right, or 503, and in time."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from stores.redis_server import RedisServer

from serve.http.serving import columns, serving
from serve.world import NOON, write_orders, write_world
from skewless import FeatureServer
from skewless.ground.errors import StoreError
from skewless.tasks.bundles import bundle_of

USERS, KILLS, HANGS_AFTER = 200, 5, 10.0
Answer = dict[str, list[Any]]


def expected(users: list[int]) -> Answer:
    """User u has u % 4 orders within the hour, each of u."""
    return {
        "orders_1h": [user % 4 for user in users],
        "amount_1h": [float(user * (user % 4)) if user % 4 else None for user in users],
        "last_amount": [float(user) if user % 4 else None for user in users],
        "orders_with_this": [user % 4 + 1 for user in users],
    }


@dataclass
class Seen:
    """What clients saw: answers by kind, and whatever must not be."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[object] = field(default_factory=list)
    slowest: float = 0.0


def keep_asking(ask: Callable[[list[int]], Answer | None], seen: Seen, over: threading.Event) -> None:
    """`ask` gives the answer, or None for one that was refused."""
    chance = random.Random(threading.get_ident())
    while not over.is_set():
        users = [chance.randrange(USERS) for _ in range(chance.choice((1, 1, 20)))]
        since = time.monotonic()
        try:
            answer = ask(users)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not be
            seen.wrong.append(error)
            return
        seen.slowest = max(seen.slowest, time.monotonic() - since)
        seen.counts["refused" if answer is None else "answered"] += 1
        if answer is not None and (found := {name: answer[name] for name in expected(users)}) != expected(users):
            seen.wrong.append((users, found))


def over_http(client: httpx.Client) -> Callable[[list[int]], Answer | None]:
    def ask(users: list[int]) -> Answer | None:
        entities = {"user_id": users, "amount": [1.0] * len(users)}
        body = {"feature_service": "all_kinds", "entities": entities, "as_of": NOON.isoformat()}
        response = client.post("/get-online-features", json=body)
        return None if response.status_code == 503 else columns(response)

    return ask


def in_python(server: FeatureServer) -> Callable[[list[int]], Answer | None]:
    def ask(users: list[int]) -> Answer | None:
        try:
            return server.get([{"user_id": user, "amount": 1.0} for user in users], as_of=NOON).to_dict()
        except StoreError:
            return None

    return ask


@pytest.mark.slow
def test_redis_killed_five_times_under_load(tmp_path: Path) -> None:
    redis = RedisServer(tmp_path / "redis", appendonly="yes", appendfsync="always").start()
    project = write_world(tmp_path / "project", f"{{type: redis, url: '{redis.url}', timeout: 0.5}}")
    orders = [(user * 4 + n, user, 0.1 * (n + 1), float(user)) for user in range(USERS) for n in range(user % 4)]
    write_orders(tmp_path / "project", orders)
    project.run(as_of=NOON)
    folder, workspace = tmp_path / "bundles", project.workspace
    folder.mkdir()
    bundle = bundle_of(
        workspace.service("all_kinds"), workspace.versions, project="shop", store=workspace.store_address
    )
    (folder / "all_kinds.json").write_text(bundle.to_json())
    seen, over = Seen(), threading.Event()
    with serving("--bundles", str(folder), "--no-access-log") as process, ExitStack() as opened:
        http = [httpx.Client(base_url=process.url, timeout=HANGS_AFTER, trust_env=False) for _ in range(3)]
        clients = [opened.enter_context(client) for client in http]
        server = FeatureServer.load(folder / "all_kinds.json")
        asking = [*map(over_http, clients), in_python(server)]
        threads = [threading.Thread(target=keep_asking, args=(ask, seen, over)) for ask in asking]
        for thread in threads:
            thread.start()
        for _ in range(KILLS):
            wait_for("answered", seen)
            redis.stop()
            wait_for("refused", seen)
            redis.start()
        wait_for("answered", seen)
        over.set()
        for thread in threads:
            thread.join(timeout=2 * HANGS_AFTER)
        assert not any(thread.is_alive() for thread in threads)
        server.close()
    redis.stop()
    assert seen.wrong == []
    assert seen.slowest < HANGS_AFTER
    assert min(seen.counts["answered"], seen.counts["refused"]) > KILLS


def wait_for(kind: str, seen: Seen, more: int = 400) -> None:
    """Until there are some more answers of a kind, or something is wrong."""
    enough, deadline = seen.counts[kind] + more, time.monotonic() + 30
    while seen.counts[kind] < enough and not seen.wrong:
        assert time.monotonic() < deadline, f"no more requests are {kind}"
        time.sleep(0.01)
