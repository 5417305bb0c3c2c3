"""The Redis store where Redis fails: never a wrong value, never a request that hangs, and no restart needed."""

from __future__ import annotations

import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import redis
from certificates import write_certificate

from skewless.ground.errors import DriverMissing, StoreError
from skewless.stores.open import open_store
from skewless.stores.redis import RedisStore
from skewless.stores.redis_address import with_options
from skewless.stores.redis_link import ServerLink
from skewless.stores.redis_lock import Lock
from skewless.stores.store import StateInfo
from stores.redis_server import RedisServer, free_port
from stores.tls_proxy import tls_proxy

INFO = StateInfo(version="v@1", as_of=1, entities=0, rows=1, codec=2)
LATER = StateInfo(version="v@1", as_of=2, entities=0, rows=1, codec=2)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """A server of the test's own, which it may kill."""
    server = RedisServer(tmp_path / "redis").start()
    yield server
    server.stop()


def opened(server: RedisServer, **options: object) -> RedisStore:
    store = open_store(with_options(server.url, options), project="shop")
    assert isinstance(store, RedisStore)
    return store


def value(store: RedisStore, key: bytes = b"a") -> bytes | None:
    return store.read([("v@1", [key])]).values[0][0]


def test_a_server_that_is_down_is_named_and_found_again(server: RedisServer) -> None:
    server.stop()
    store = opened(server)
    with pytest.raises(StoreError, match=rf"redis://127\.0\.0\.1:{server.port} cannot be reached"):
        store.read([("v@1", [b"a"])])
    server.start()
    store.replace(INFO, [(b"a", b"1")])
    assert value(store) == b"1"


def test_a_server_that_is_slow_is_given_up_and_asked_again(server: RedisServer) -> None:
    store = opened(server, timeout=0.2)
    store.replace(INFO, [(b"a", b"1"), (b"b", b"2")])
    assert value(store) == b"1"
    server.pause()
    with pytest.raises(StoreError, match=r"did not answer within 0\.2 s"):
        value(store, b"a")
    server.resume()
    assert [value(store, key) for key in (b"b", b"a", b"b")] == [b"2", b"1", b"2"]


def test_an_interrupted_read_does_not_answer_the_next_one(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C after the question and before the answer: the answer is still on its way when the next key is read."""
    store = opened(server)
    store.replace(INFO, [(b"a", b"1"), (b"b", b"2")])
    assert value(store, b"a") == b"1"

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(redis.connection.AbstractConnection, "read_response", interrupted)
        with pytest.raises(KeyboardInterrupt):
            value(store, b"a")
    assert [value(store, key) for key in (b"b", b"a")] == [b"2", b"1"]


def test_a_restarted_server_is_read_on_without_an_error(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis", appendonly="yes", appendfsync="always").start()
    store = opened(server)
    store.replace(INFO, [(b"a", b"1")])
    assert value(store) == b"1"
    server.stop()
    server.start()
    assert value(store) == b"1"
    server.stop()


def test_a_server_that_lost_its_data_holds_no_state(server: RedisServer) -> None:
    store = opened(server)
    store.replace(INFO, [(b"a", b"1")])
    value(store)
    server.stop()
    server.start()
    assert store.read([("v@1", [b"a"])]).states == {}
    store.replace(LATER, [(b"a", b"2")])
    assert value(store) == b"2"


def test_a_server_out_of_memory_keeps_and_serves_what_was_there(server: RedisServer) -> None:
    store = opened(server)
    store.replace(INFO, [(b"a", b"old")])
    before = int(server.client.info("memory")["used_memory"])
    server.client.config_set("maxmemory", before + 2_000_000)
    with pytest.raises(StoreError, match="out of memory") as error:
        store.replace(LATER, ((str(number).encode(), os.urandom(1_000)) for number in range(10_000)))
    assert "still served" in (error.value.help or "")
    assert value(store) == b"old"
    server.client.config_set("maxmemory", 0)
    keys = [key for key in server.client.scan_iter() if b"{" in key and key.endswith(b"}")]
    assert len(keys) == 1
    store.replace(LATER, [(b"a", b"new")])
    assert value(store) == b"new"


def test_a_server_that_throws_keys_away_is_refused(server: RedisServer) -> None:
    server.client.config_set("maxmemory", 100_000_000)
    server.client.config_set("maxmemory-policy", "allkeys-lru")
    with pytest.raises(StoreError, match="entities would look unknown") as error:
        opened(server).versions()
    assert "noeviction" in (error.value.help or "")
    server.client.config_set("maxmemory-policy", "volatile-lru")
    assert opened(server).versions() == ()


def test_a_wrong_password_is_told_without_it(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis", requirepass="open-sesame").start()
    for wrong in (f"redis://:hocus-pocus@127.0.0.1:{server.port}", f"redis://127.0.0.1:{server.port}"):
        with pytest.raises(StoreError, match=r"refuses the user|wants a password") as error:
            open_store(wrong, project="shop").versions()
        assert "hocus" not in f"{error.value} {error.value.help}"
    store = open_store(f"redis://:open-sesame@127.0.0.1:{server.port}", project="shop")
    store.replace(INFO, [(b"a", b"1")])
    assert "sesame" not in store.address.shown  # type: ignore[attr-defined]
    server.stop()


def test_a_server_is_read_through_tls_and_its_certificate_is_checked(server: RedisServer, tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    with tls_proxy(certificate, key, server.port) as port:
        url = f"rediss://127.0.0.1:{port}"
        store = open_store(f"{url}?ssl_ca_certs={certificate}&prefix=tls", project="shop")
        store.replace(INFO, [(b"a", b"1")])
        assert list(store.read([("v@1", [b"a"])]).values[0]) == [b"1"]
        store.close()
        for unknown in (url, f"rediss://127.0.0.1:{port}?timeout=0.5"):
            with pytest.raises(StoreError, match="certificate verify failed"):
                open_store(unknown, project="shop").versions()
        with pytest.raises(StoreError, match=r"cannot be reached|did not answer"):
            open_store(f"redis://127.0.0.1:{port}?timeout=0.5", project="shop").versions()


def test_bytes_of_something_else_are_never_a_state(server: RedisServer) -> None:
    store = opened(server)
    store.replace(INFO, [(b"a", b"1")])
    for garbage in (b"\x01\x02", b"not a record", b"\x95\x01\x02\x03"):
        server.client.set("shop:{v@1}:state", garbage)
        with pytest.raises(StoreError, match="no rows of the version"):
            value(store)


def test_a_restart_in_the_middle_of_a_load_fails_it(tmp_path: Path) -> None:
    """What was written before the restart may be gone: the old state stays, whatever the server still knows."""
    server = RedisServer(tmp_path / "redis", appendonly="yes", appendfsync="always").start()
    store = opened(server)
    store.replace(INFO, [(b"a", b"old")])

    def records() -> Iterator[tuple[bytes, bytes]]:
        for number in range(10_000):
            if number == 5_000:
                server.stop()
                server.start()
            yield str(number).encode(), b"new"

    with pytest.raises(StoreError):
        store.replace(LATER, records())
    assert value(store) == b"old"
    assert store.replace(LATER, [(b"a", b"new")]).entities == 1
    assert value(store) == b"new"
    server.stop()


def test_a_lost_lock_fails_the_load(server: RedisServer) -> None:
    store = opened(server)
    store.replace(INFO, [(b"a", b"old")])

    def records() -> Iterator[tuple[bytes, bytes]]:
        server.client.set("shop:{v@1}:lock", "another's")
        yield b"a", b"new"

    with pytest.raises(StoreError, match="the lock of this run"):
        store.replace(LATER, records())
    assert value(store) == b"old"
    assert server.client.get("shop:{v@1}:lock") == b"another's"


def test_a_swap_whose_answer_is_lost_leaves_a_state_that_is_whole(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old one or the new one: the run cannot know, so it removes neither."""
    store = opened(server)
    store.replace(INFO, [(b"a", b"old")])
    written = Lock.write

    def write(self: Lock, key: bytes, value: bytes) -> None:
        written(self, key, value)
        raise redis.TimeoutError

    with monkeypatch.context() as patched:
        patched.setattr(Lock, "write", write)
        with pytest.raises(StoreError, match="did not answer within"):
            store.replace(LATER, [(b"a", b"new")])
    assert value(store) == b"new"
    store.replace(LATER, [(b"a", b"newer")])
    assert value(store) == b"newer"
    left = [key for key in server.client.scan_iter() if key.endswith(b"{a}") and server.client.ttl(key) == -1]
    assert len(left) == 1


def test_a_long_read_ends_with_what_it_began_with(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more than 10,000 keys the read is several commands, between which the version may be dropped."""
    store, keys = opened(server), [b"%05d" % number for number in range(12_000)]
    store.replace(INFO, [(key, b"1") for key in keys])
    assert value(store, keys[0]) == b"1"
    mget, parts = ServerLink._mget, []

    def dropping(self: ServerLink, some: Sequence[bytes]) -> list[bytes | None]:
        parts.append(len(some))
        if len(parts) == 2:
            opened(server).drop(["v@1"])
        return mget(self, some)

    monkeypatch.setattr(ServerLink, "_mget", dropping)
    assert set(store.read([("v@1", keys)]).values[0]) == {b"1"}
    assert len(parts) == 2
    assert store.read([("v@1", keys)]).states == {}


def test_two_runs_do_not_load_one_version_at_once(server: RedisServer) -> None:
    store, other = opened(server), opened(server)

    def records() -> Iterator[tuple[bytes, bytes]]:
        with pytest.raises(StoreError, match="another run is loading 'v@1'"):
            other.replace(LATER, [(b"a", b"other")])
        yield b"a", b"1"

    store.replace(INFO, records())
    assert value(store) == b"1"
    other.replace(LATER, [(b"a", b"2")])
    assert value(store) == b"2"
    assert not server.client.exists("shop:{v@1}:lock")


def test_a_lock_whose_answer_was_lost_is_ones_own(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client asks again when it has had no answer in time, and then finds the lock taken by itself."""
    lock, take = Lock(server.client, b"lock"), server.client.set

    def answered_the_second_time(*arguments: Any, **options: Any) -> Any:
        take(*arguments, **options)
        return take(*arguments, **options)

    monkeypatch.setattr(server.client, "set", answered_the_second_time)
    assert lock.take()
    assert not Lock(server.client, b"lock").take()


def test_what_was_replaced_is_gone_after_a_grace_and_what_is_served_stays(server: RedisServer) -> None:
    store = opened(server)
    store.replace(INFO, [(b"a", b"1"), (b"b", b"2")])
    store.replace(LATER, [(b"a", b"3")])
    lives = {key: server.client.ttl(key) for key in server.client.scan_iter()}
    entities = {key: life for key, life in lives.items() if key.endswith((b"{a}", b"{b}"))}
    assert sorted(life > 0 for life in entities.values()) == [False, True, True]
    assert all(life <= 60 for life in entities.values())
    assert server.client.scard("shop:{v@1}:generations") == 1
    assert sum(life == -1 for life in lives.values()) == len(("versions", "state", "generations", "keys", "{a}"))


def test_what_a_killed_run_left_goes_with_the_next_one(server: RedisServer, tmp_path: Path) -> None:
    script = (
        "import sys; from skewless.stores.open import open_store; from skewless.stores.store import StateInfo\n"
        "def records():\n"
        "    for number in range(3_000): yield str(number).encode(), b'half'\n"
        "    print('written', flush=True); sys.stdin.read()\n"
        "store = open_store(sys.argv[1], project='shop')\n"
        "store.replace(StateInfo(version='v@1', as_of=2, entities=0, rows=1, codec=2), records())\n"
    )
    store = opened(server)
    store.replace(INFO, [(b"a", b"old")])
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", script, server.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"written\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert value(store) == b"old"
    lock = server.client.get("shop:{v@1}:lock")
    assert lock is not None
    server.client.set("shop:{v@1}:lock", lock.replace(socket.gethostname().encode(), b"elsewhere"), keepttl=True)
    with pytest.raises(StoreError, match="another run is loading"):
        store.replace(LATER, [])  # of a process on another machine nothing is known
    assert 0 < server.client.ttl("shop:{v@1}:lock") <= 60
    server.client.set("shop:{v@1}:lock", lock, keepttl=True)
    store.replace(LATER, [(b"a", b"new")])
    assert not server.client.exists("shop:{v@1}:lock")
    assert value(store) == b"new"
    left = [key for key in server.client.scan_iter(count=1000) if key.endswith(b"}") and server.client.ttl(key) == -1]
    assert len(left) == 1


def test_dropping_leaves_nothing(server: RedisServer) -> None:
    store = opened(server)
    store.replace(INFO, [(b"a", b"1")])
    store.replace(LATER, [(b"a", b"2")])
    store.drop(["v@1"])
    assert all(server.client.ttl(key) > 0 for key in server.client.scan_iter())
    assert store.versions() == ()


def test_projects_share_a_server(server: RedisServer) -> None:
    shop, bank = open_store(server.url, project="shop"), open_store(server.url, project="bank")
    shop.replace(INFO, [(b"a", b"shop")])
    bank.replace(INFO, [(b"a", b"bank")])
    assert [list(store.read([("v@1", [b"a"])]).values[0]) for store in (shop, bank)] == [[b"shop"], [b"bank"]]
    shop.drop(["v@1"])
    assert list(bank.read([("v@1", [b"a"])]).values[0]) == [b"bank"]


def test_more_threads_than_connections_wait_for_each_other(server: RedisServer) -> None:
    store = opened(server, max_connections=3, timeout=5)
    store.replace(INFO, [(str(number).encode(), str(number).encode()) for number in range(20)])
    wrong: list[object] = []

    def ask(number: int) -> None:
        key = str(number).encode()
        found = {value(store, key) for _ in range(100)}
        wrong.extend(found - {key})

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert int(server.client.info("clients")["connected_clients"]) <= 4


def test_threads_that_stay_leave_connections_for_others(server: RedisServer) -> None:
    store = opened(server, max_connections=2, timeout=0.5)
    store.replace(INFO, [(b"a", b"1")])
    done, found = threading.Event(), []

    def ask() -> None:
        found.append(value(store))
        done.wait()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 10
    while len(found) < len(threads) and time.monotonic() < deadline:
        time.sleep(0.01)
    done.set()
    for thread in threads:
        thread.join()
    assert found == [b"1"] * 6


def test_an_entity_has_one_place_in_a_cluster_whatever_the_version(redis_cluster: list[RedisServer]) -> None:
    prefix = uuid.uuid4().hex
    store = open_store(f"{redis_cluster[0].url}?prefix={prefix}", project="shop")
    for version in ("v@1", "v@2"):
        info = StateInfo(version=version, as_of=1, entities=0, rows=1, codec=2)
        store.replace(info, [(b"entity-%d" % number, b"1") for number in range(50)])
    held = [set(node.client.scan_iter(f"{prefix}:*{{entity-*")) for node in redis_cluster]
    places = [{key.partition(b"{")[2] for key in keys} for keys in held]
    assert sum(len(keys) for keys in held) == 100
    assert sum(len(place) for place in places) == 50
    assert all(place for place in places)


class _OldServer(socketserver.StreamRequestHandler):
    """Answers as a Redis 5 does to HELLO."""

    def handle(self) -> None:
        while line := self.rfile.readline():
            if line.strip().upper() == b"HELLO":
                self.wfile.write(b"-ERR unknown command `HELLO`, with args beginning with: \r\n")
            elif line.strip().upper() == b"SETINFO":
                self.wfile.write(b"+OK\r\n")


def test_an_old_server_is_refused() -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _OldServer) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(StoreError, match=r"6\.2 or newer is needed"):
            open_store(f"redis://127.0.0.1:{server.server_address[1]}", project="shop").versions()
        server.shutdown()


def test_something_that_is_no_redis_is_named() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        store = open_store(f"redis://127.0.0.1:{listener.getsockname()[1]}?timeout=0.2", project="shop")
        with pytest.raises(StoreError, match=r"did not answer within 0\.2 s"):
            store.versions()


def test_a_socket_of_unix_is_read(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis", unixsocket=str(tmp_path / "redis.sock"), requirepass="pw").start()
    store = open_store(f"unix://{tmp_path / 'redis.sock'}?db=1&timeout=5&password=pw", project="shop")
    store.replace(INFO, [(b"a", b"1")])
    assert list(store.read([("v@1", [b"a"])]).values[0]) == [b"1"]
    server.stop()


def test_without_the_driver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    store = open_store("redis://h", project="shop")
    for call in (store.versions, lambda: store.replace(INFO, []), lambda: store.read([("v@1", [b"a"])])):
        with pytest.raises(DriverMissing) as error:
            call()
        assert error.value.help == "pip install 'skewless[redis]'"


def test_a_free_port_is_free() -> None:
    with pytest.raises(redis.ConnectionError):
        redis.Redis(port=free_port(), retry=None).ping()
