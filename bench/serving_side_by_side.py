"""Ours and Feast's newest side by side on one Redis, and what was measured into RESULTS.md. Run by `make bench-serving`."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

from agreement import Disagreement, check_clients
from feast_side import FeastSide
from http_turns import WRK_IS_MISSING, Case, http, is_wrk_there
from memory_cost import load_both
from our_side import OurSide
from processes import CLIENTS, Client
from redis_side import RedisSide, own_redis
from results import measured_on, replace_section
from sdk_turns import Clients, expressions, fresh, look_ups
from side_by_side_report import SideBySide, section

_FEAST = Path(__file__).parents[1] / "target" / "feast-bench" / "bin" / "python"
_WORKERS = (1, 2)


def side_by_side(redis: RedisSide, folder: Path) -> SideBySide:
    """Everything that is measured, in about five minutes. Raises Disagreement when the sides' values differ."""
    ours = OurSide(folder=folder / "ours", redis=redis.url)
    feasts = FeastSide(python=_FEAST, folder=folder / "feasts", redis=redis.connection_string, events=ours.events)
    on = _versions(redis, feasts)
    _say("loading both sides")
    ours.write()
    memory = load_both(redis, ours, feasts)
    ours.load()  # the bundles of all services
    with ExitStack() as stack:
        clients = Clients(
            ours=stack.enter_context(ours.client()),
            feasts=stack.enter_context(feasts.client()),
            bare=stack.enter_context(_bare_client(redis, folder)),
            redis=redis,
        )
        compared = check_clients(clients.ours, clients.feasts)
        _say(f"{compared:,} values are equal; asking both in Python")
        measured = look_ups(clients), expressions(clients), fresh(clients)
    return SideBySide(
        measured_on=on,
        compared=compared,
        look_ups=measured[0],
        expressions=measured[1],
        fresh=measured[2],
        http=_http(ours, feasts, folder / "wrk"),
        memory=memory,
    )


def _http(ours: OurSide, feasts: FeastSide, folder: Path) -> list[Case] | None:
    if not is_wrk_there():
        _say(WRK_IS_MISSING)
        return None
    _say("asking both over HTTP")
    return [case for workers in _WORKERS for case in http(ours, feasts, folder, workers)]


def _bare_client(redis: RedisSide, folder: Path) -> Client:
    return Client([sys.executable, str(CLIENTS / "bare_mget.py"), str(redis.port)], folder, os.environ)


def _versions(redis: RedisSide, feasts: FeastSide) -> str:
    found = measured_on(
        DuckDB=version("duckdb"), redis_server=redis.version(), redis_py=version("redis"), hiredis=version("hiredis")
    )
    theirs = ", ".join(f"{name} {feasts.version_of(name)}" for name in ("redis", "hiredis"))
    return f"{found}\nFeast {feasts.version_of('feast')} on Python {feasts.version_of('python')}, {theirs}."


def _say(what: str) -> None:
    print(f"bench-serving: {what}", file=sys.stderr, flush=True)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="skewless-bench-") as folder, own_redis(Path(folder) / "redis") as redis:
        try:
            found = section(side_by_side(redis, Path(folder)))
        except Disagreement as difference:
            _say(f"nothing is measured, for the sides give different values: {difference}")
            return 1
    print(found)
    replace_section(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
