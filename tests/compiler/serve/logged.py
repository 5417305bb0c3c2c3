"""Bundles and vectors for tests of the serving log, and readers of what it wrote."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from skewless.contract.artifact import CODEC_VERSION, FORMAT, Bundle, Column, OutputColumn, StoredInstance
from skewless.ground.moments import microseconds
from skewless.serve import Vector
from skewless.serve.log import ServiceLog
from skewless.serve.vector import Explained

NOON = dt.datetime(2026, 6, 12, 12)
EVENT = NOON - dt.timedelta(minutes=1)


def bundle(
    features: Mapping[str, str],
    *,
    keys: Mapping[str, str] | None = None,
    fields: Mapping[str, str] | None = None,
    service: str = "ranking",
    version: str = "view@1",
) -> Bundle:
    return Bundle(
        format=FORMAT,
        codec=CODEC_VERSION,
        project="shop",
        service=service,
        versions={"skewless": "0.1.0", "duckdb": duckdb.__version__},
        store="sqlite:///online.db",
        keys=_columns({"user_id": "BIGINT"} if keys is None else keys),
        fields=_columns(fields or {}),
        instances=(
            StoredInstance(
                name="view", view="view", version=version, layout="latest", keys=(), columns=(), ttl=None, lag=0
            ),
        ),
        statement=None,
        outputs=tuple(
            OutputColumn(
                name=name,
                type=kind,
                view="view",
                use="view",
                feature=name,
                stored=name,
                computed=None,
                explained_by="view",
            )
            for name, kind in features.items()
        ),
    )


def vector(values: Mapping[str, Sequence[Any]], as_of: dt.datetime = NOON) -> Vector:
    rows = len(next(iter(values.values())))
    return Vector(
        as_of=as_of,
        keys={},
        fields={},
        values=values,
        types={},
        explained={name: Explained(None, [microseconds(EVENT)] * rows) for name in values},
    )


def record(log: ServiceLog, users: Sequence[int | None], request_id: str | None = None) -> None:
    """A request for users, of a service with the feature `score`: ten times the user."""
    score = [None if user is None else 10.0 * user for user in users]
    log.record({"user_id": list(users)}, vector({"score": score}), request_id)


def _columns(types: Mapping[str, str]) -> tuple[Column, ...]:
    return tuple(Column(name=name, type=kind) for name, kind in types.items())


SCORES = bundle({"score": "DOUBLE"})


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.parquet"))


def rows(folder: Path, select: str = "*", where: str = "true") -> list[tuple[Any, ...]]:
    source = f"read_parquet('{folder}/**/*.parquet', hive_partitioning = true, union_by_name = true)"
    return duckdb.sql(f"SELECT {select} FROM {source} WHERE {where} ORDER BY ALL").fetchall()


def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Fails unless the condition comes true."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it has not come true"
        time.sleep(0.01)
