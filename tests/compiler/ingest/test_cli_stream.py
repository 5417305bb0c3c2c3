"""`skewless stream`: the state is what `run` would make of the same rows, and the process behaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.cli_project import NOON, Shop, log_lines, write_shop
from stores.redis_server import RedisServer

COMPILER = str(Path(__file__).parents[3] / "compiler")
ONE = "2026-01-01T13:00:00Z"
LATER = [
    {"order_id": 4, "user_id": 1, "amount": 5.5, "ordered_at": "2026-01-01T12:10:00Z"},
    {"order_id": 5, "user_id": 7, "amount": 70, "ordered_at": "2026-01-01T13:20:00+01:00"},
    {"order_id": 3, "user_id": 2, "amount": 50.0, "ordered_at": "2026-01-01T10:00:00Z"},
]
"""The last one is there already."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path / "redis", requirepass="hidden-word").start()
    yield server
    server.stop()


@pytest.fixture
def shop(tmp_path: Path, server: RedisServer) -> Shop:
    """A shop that was loaded at noon, with a stream of orders."""
    shop = write_shop(tmp_path / "shop")
    url = f"redis://:hidden-word@127.0.0.1:{server.port}"
    stream = f"primary_key: [order_id]\n        stream: {{type: redis, url: '{url}'}}"
    shop.replace("features/shop.yml", "primary_key: [order_id]", stream)
    shop.ok("run", "--as-of", NOON)
    shop.ok("compile")
    return shop


def send(server: RedisServer, *rows: Any) -> None:
    for row in rows:
        server.client.xadd("shop.orders", {"data": json.dumps(row)})


def vectors(shop: Shop) -> list[dict[str, Any]]:
    entities = [part for user in (1, 2, 7) for part in ("--entity", f'{{"user_id": {user}}}')]
    found = shop.ok("get", "--service", "totals_v1", *entities, "--as-of", ONE, "--format", "json").stdout
    return [one["features"] for one in json.loads(found)]


class Running:
    """The verb in a process of its own."""

    def __init__(self, shop: Shop, *options: str) -> None:
        command = [sys.executable, "-m", "skewless", "stream", "shop.orders", "--log-format", "json", *options]
        self.process = subprocess.Popen(  # noqa: S603
            command, cwd=shop.root, env={**os.environ, "PYTHONPATH": COMPILER}, stdout=subprocess.PIPE, text=True
        )

    def until(self, event: str) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            found: dict[str, Any] = json.loads(line)
            if found["event"] == event:
                return found
        raise AssertionError(f"it ended without '{event}'")

    def end(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, list[dict[str, Any]]]:
        self.process.send_signal(how)
        rest, _ = self.process.communicate(timeout=20)
        return self.process.returncode, log_lines(rest)


def test_the_state_is_what_run_would_make_of_the_same_rows(shop: Shop, server: RedisServer, tmp_path: Path) -> None:
    send(server, LATER[0], LATER[1:], LATER[0])
    result = shop.ok("stream", "shop.orders", "--once")
    assert "shop.orders: 4 rows" in result.stdout
    assert "known until 2026-01-01 12:20:00" in result.stdout
    other = write_shop(tmp_path / "other")
    more = "".join(f"{row['order_id']},{row['user_id']},{row['amount']},{row['ordered_at']}\n" for row in LATER[:2])
    other.write("data/orders.csv", other.read("data/orders.csv") + more)
    other.ok("run", "--as-of", ONE)
    assert vectors(shop) == vectors(other)
    assert vectors(shop)[2]["orders_1d"] == {
        "value": 1, "status": "PRESENT", "event_timestamp": "2026-01-01T12:20:00Z",
    }  # fmt: skip


def test_what_cannot_be_written_is_told_and_put_aside(shop: Shop, server: RedisServer) -> None:
    send(server, {**LATER[0], "amount": "much"}, LATER[1])
    assert "shop.orders: 1 rows" in (text := shop.ok("stream", "shop.orders", "--once").stdout)
    assert "1 put aside" in text
    [(_, letter)] = server.client.xrange("shop.orders:dead")
    assert letter[b"skewless:reason"] == b"'amount' must be DOUBLE, not 'much'"


def test_a_process_consumes_answers_prometheus_and_ends_when_told(shop: Shop, server: RedisServer) -> None:
    running = Running(shop, "--metrics-port", "0", "--consumer", "one")
    url = running.until("metrics")["url"]
    assert running.until("consuming")["consumer"] == "one"
    send(server, *LATER)
    line = 'skewless_stream_rows_total{source="shop.orders"} 3'
    for _ in range(200):
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            text = answer.read().decode()
        if line in text:
            break
        time.sleep(0.05)
    assert line in text
    code, lines = running.end()
    assert code == 0
    last = next(one for one in lines if one["event"] == "stopped")
    assert (last["source"], last["rows"], last["rejected"], last["watermark"]) == (
        "shop.orders", 3, 0, "2026-01-01T12:20:00Z",
    )  # fmt: skip
    assert vectors(shop)[2]["orders_1d"]["value"] == 1
    assert server.client.xpending("shop.orders", "shop")["pending"] == 0


def test_a_version_that_a_run_loads_meanwhile_is_written_without_a_new_start(shop: Shop, server: RedisServer) -> None:
    running = Running(shop)
    running.until("consuming")
    shop.replace("features/user_totals.sql", "'1 day'", "'2 hours'").ok("run", "--as-of", NOON)
    assert running.until("followed")["level"] == "info"
    send(server, *LATER)
    for _ in range(200):
        if vectors(shop)[2]["orders_1d"]["value"] == 1:
            break
        time.sleep(0.05)
    assert vectors(shop)[2]["orders_1d"]["value"] == 1
    assert running.end()[0] == 0


def test_ctrl_c_ends_it_in_order(shop: Shop) -> None:
    running = Running(shop)
    running.until("consuming")
    assert running.end(signal.SIGINT)[0] == 0


def test_a_password_is_shown_nowhere(shop: Shop, server: RedisServer) -> None:
    server.client.config_set("requirepass", "another-word")
    result = shop.run("stream", "shop.orders", "--once", "--debug")
    assert result.exit_code == 1
    assert "refuses the user" in result.output
    assert "hidden-word" not in result.output
    assert f"redis://127.0.0.1:{server.port}" in result.output


def test_state_that_is_not_there_holds_the_consumer_up_until_it_is_loaded(shop: Shop, server: RedisServer) -> None:
    send(server, *LATER)
    for file in (shop.root / "target").glob("online.db*"):
        file.unlink()
    running = Running(shop)
    assert "skewless run" in running.until("warning")["message"]
    shop.ok("run", "--as-of", NOON)
    assert "going on" in running.until("warning")["message"]
    assert running.end()[0] == 0
    assert vectors(shop)[2]["orders_1d"]["value"] == 1


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        ("shop.order", "there is no source 'shop.order'", "did you mean 'shop.orders'?"),
        ("shop.profiles", "the source 'shop.profiles' has no stream", "stream: {type: redis, url: "),
    ],
)
def test_a_source_that_cannot_be_consumed_is_an_error(shop: Shop, source: str, message: str, hint: str) -> None:
    result = shop.run("stream", source)
    assert result.exit_code == 2
    assert message in result.output
    assert hint in result.output


def test_a_plan_is_needed(shop: Shop) -> None:
    (shop.root / "target/serving/sources/shop.orders.json").unlink()
    result = shop.run("stream", "shop.orders")
    assert result.exit_code == 2
    assert "there is no plan of the source 'shop.orders'" in result.output
    assert "skewless compile" in result.output


def test_a_source_that_no_view_follows_is_an_error(shop: Shop) -> None:
    shop.replace("features/user_totals.sql", "tags=['money']", "refresh='1 day'")
    shop.ok("compile")
    result = shop.run("stream", "shop.orders")
    assert result.exit_code == 2
    assert "no view follows the rows of 'shop.orders': user_totals: " in result.output


def test_a_view_that_does_not_follow_is_named(shop: Shop) -> None:
    daily = shop.read("features/user_totals.sql").replace("tags=['money']", "refresh='1 day'")
    shop.write("features/daily.sql", daily)
    shop.ok("run", "--as-of", NOON)
    shop.ok("compile")
    output = shop.ok("stream", "shop.orders", "--once").output
    assert "daily does not follow shop.orders, and is as fresh as the last run: " in output


def test_a_broken_source_is_reported_where_it_is_written(shop: Shop) -> None:
    shop.replace("features/shop.yml", "type: redis", "type: kafka")
    result = shop.run("stream", "shop.orders")
    assert result.exit_code == 2
    assert "'kafka' is not a type of a stream" in result.output


def test_what_was_consumed_is_landed_and_read_by_every_verb(shop: Shop, server: RedisServer) -> None:
    shop.replace("features/shop.yml", "type: redis, ", "type: redis, land: landed/orders, ")
    shop.ok("run", "--as-of", NOON)
    shop.ok("compile")
    send(server, LATER[0], LATER[1:], LATER[0])
    shop.ok("stream", "shop.orders", "--once")
    assert {name.partition("/")[0] for name in shop.files("landed/orders")} == {"known_date=2026-01-01"}
    streamed = vectors(shop)
    shop.ok("run", "--as-of", ONE, "--full-refresh")
    assert vectors(shop) == streamed
    shop.write("spine.csv", f"user_id,ts\n1,{ONE}\n2,{ONE}\n7,{ONE}\n")
    shop.ok("train", "--service", "totals_v1", "--spine", "spine.csv", "--timestamp", "ts", "--output", "set.csv")
    rows = [line.split(",")[-2:] for line in shop.read("set.csv").splitlines()[1:]]
    assert [[float(value) for value in row] for row in rows] == [
        [one["orders_1d"]["value"], one["amount_1d"]["value"]] for one in streamed
    ]
    shop.ok("test")  # order 3 is in both places, and `unique` says that it is read once
    assert "and from landed/orders" in " ".join(shop.ok("explain", "user_totals").stdout.split())


def test_compiled_sql_shows_both_places(shop: Shop) -> None:
    shop.replace("features/shop.yml", "type: redis, ", "type: redis, land: landed/orders, ")
    shop.ok("compile")
    text = shop.read("target/compiled/shop/features/user_totals.training.sql")
    assert "shop.orders: the columns read, in their declared types, with what its stream landed" in text
    assert "'data/orders.csv'" in text
    assert "'landed/orders/known_date=*/*.parquet'" in text
    shop.replace("features/shop.yml", "data/orders.csv", "data/orders.parquet")
    shop.ok("compile", "-s", "user_totals", "--dialect", "spark")
    text = shop.read("target/compiled/shop/features/user_totals.training.sql")
    assert "FROM parquet.`data/orders.parquet`" in text
    assert "FROM parquet.`landed/orders/known_date=*/*.parquet`" in text


def test_an_engine_that_does_not_read_landed_files_is_told_when_compiling(shop: Shop) -> None:
    shop.replace("features/shop.yml", "type: redis, ", "type: redis, land: landed/orders, ")
    result = shop.run("compile", "-s", "user_totals", "--dialect", "snowflake")
    assert result.exit_code == 2, result.output
    assert "the stream of 'shop.orders' lands its rows in 'landed/orders', and on snowflake" in result.output
    assert "remove `land`" in result.output


@pytest.mark.slow
def test_processes_that_are_killed_lose_nothing_and_count_nothing_twice(
    shop: Shop, server: RedisServer, tmp_path: Path
) -> None:
    """Two of a group, each killed while it writes and started again under its name; sums would show any row twice."""
    rows = [
        {
            "order_id": 100 + number,
            "user_id": (1, 2, 7)[number % 3],
            "amount": 1 + number,
            "ordered_at": LATER[0]["ordered_at"],
        }
        for number in range(3000)
    ]
    running = {name: Running(shop, "--consumer", name, "--batch", "20") for name in ("one", "two")}
    for start in range(0, 3000, 500):
        send(server, *rows[start : start + 500])
        for name, one in running.items():
            one.until("consuming")
            time.sleep(0.05 + 0.02 * (start % 7))
            one.process.kill()
            one.process.communicate()
            running[name] = Running(shop, "--consumer", name, "--batch", "20")
    for _ in range(400):
        [group] = server.client.xinfo_groups("shop.orders")
        if (
            group["pending"] == 0
            and group["last-delivered-id"] == server.client.xinfo_stream("shop.orders")["last-generated-id"]
        ):
            break
        time.sleep(0.05)
    for one in running.values():
        assert one.end()[0] == 0
    other = write_shop(tmp_path / "other")
    more = "".join(f"{row['order_id']},{row['user_id']},{row['amount']},{row['ordered_at']}\n" for row in rows)
    other.write("data/orders.csv", other.read("data/orders.csv") + more)
    other.ok("run", "--as-of", ONE)
    assert vectors(shop) == vectors(other)
    assert server.client.xpending("shop.orders", "shop")["pending"] == 0
