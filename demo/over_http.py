"""A way to a feature server that leads through HTTP: sockets, JSON and all, for comparisons of both paths."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from skewless.contract.artifact import Bundle
from skewless.ground.dtypes import DataType
from skewless.serve import FeatureServer, Vector
from skewless.serve.http.app import make_app
from skewless.serve.http.catalogue import Catalogue, Served
from skewless.serve.http.settings import Settings
from skewless.stores.coercion import coerced
from skewless.stores.sqlite import SqliteStore
from skewless.verify.parity import Ask

_NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


@dataclass
class _Current:
    """The server that answers now: a comparison has a state, and so a server, for each point."""

    server: FeatureServer

    def get_columns(self, columns: Mapping[str, Sequence[Any]], **more: Any) -> Vector:
        return self.server.get_columns(columns, **more)


@contextmanager
def over_http(bundle: Bundle) -> Iterator[Ask]:
    """Asks a real server on loopback, and reads its JSON."""
    current = _Current(FeatureServer(bundle, SqliteStore("none.db")))
    types = {column.name: DataType.parse(column.type) for column in (*bundle.keys, *bundle.fields)}
    served = Served(bundle=bundle, server=current, types=types)  # type: ignore[arg-type]
    catalogue = Catalogue(services={bundle.service: served}, views={}, stores=())
    app = make_app(Settings(bundles=Path(), access_log=False), catalogue=catalogue)
    outputs = {one.name: DataType.parse(one.type) for one in bundle.outputs}

    def ask(server: FeatureServer, fields: Mapping[str, Any], at: dt.datetime) -> dict[str, Any]:
        current.server = server
        body = {
            "feature_service": bundle.service,
            "entities": {name: [_json(value)] for name, value in fields.items()},
            "as_of": at.isoformat(),
            "timestamp_format": "rfc3339",
        }
        answer = client.post("/get-online-features", json=body).raise_for_status().json()
        found = dict(zip(answer["metadata"]["feature_names"], answer["results"], strict=True))
        return {name: _value(found[name]["values"][0], dtype) for name, dtype in outputs.items()}

    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="on")
    listening = uvicorn.Server(config)
    thread = threading.Thread(target=listening.run)
    thread.start()
    while not listening.started:
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.01)
    port = listening.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
            yield ask
    finally:
        listening.should_exit = True
        thread.join()


def _json(value: Any) -> Any:
    if isinstance(value, dt.date):  # a moment is one, too
        return value.isoformat()
    return str(value) if isinstance(value, float) and value - value != 0 else value


def _value(value: Any, dtype: DataType) -> Any:
    if dtype.kind in ("DOUBLE", "FLOAT") and isinstance(value, str):
        return _NOT_FINITE[value]
    return coerced(value, dtype, "value")
