"""A project with one entity, whose answers are logged one by one while its source changes, and are audited."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from click.testing import CliRunner, Result

from skewless import FeatureServer, Project
from skewless.cli.main import cli
from skewless.serve.log import ServingLog

NOON = dt.datetime(2026, 6, 12, 12)
MODELS = {
    "spent": "{{ config(entity='e') }} select k, count(*) filter (where {{ last('6 hours') }}) as n, "
    "sum(amount) filter (where {{ last('6 hours') }}) as amount_6h, max(id) filter (where {{ last('1 hour') }}) as newest "
    "from {{ source('s', 'sales') }} group by k",
    "latest": "{{ config(entity='e', ttl='2 hours') }} select k, id as latest_id, amount as latest_amount "
    "from {{ source('s', 'sales') }}",
    "listed": "{{ config(entity='e') }} select k, list(id) filter (where {{ last('6 hours') }}) as ids "
    "from {{ source('s', 'sales') }} group by k",
    "asked": "{{ config(entity='e', request={'price': 'double'}) }} select r.price / v.amount_6h as share "
    "from {{ request() }} as r left join {{ ref('spent') }} as v using (k)",
}
PROPERTIES = """entities: [{name: e, keys: [{name: k, data_type: bigint}]}]
sources:
  - name: s
    tables:
      - name: sales
        path: sales.parquet
        event_time: t
        known_at: known
        primary_key: [id]
        tie_break: [rank]
        deleted: gone
        columns:
          - {name: id, data_type: bigint}
          - {name: k, data_type: bigint}
          - {name: t, data_type: timestamp}
          - {name: known, data_type: timestamp}
          - {name: amount, data_type: double}
          - {name: rank, data_type: bigint}
          - {name: gone, data_type: boolean}
services:
  - {name: svc, features: [spent, latest, listed, asked]}
  - {name: passed_on, features: [asked]}
"""
PROFILE = "p: {target: dev, outputs: {dev: {type: duckdb, online: {type: sqlite, path: target/online.db}}}}\n"
Row = dict[str, Any]


def at(hours: float) -> dt.datetime:
    return NOON + dt.timedelta(hours=hours)


def sale(
    number: int, t: float, *, known: float | None = None, amount: float = 10.0, rank: int = 0, gone: bool = False
) -> Row:
    known_at = at(t if known is None else known)
    return {"id": number, "k": 1, "t": at(t), "known": known_at, "amount": amount, "rank": rank, "gone": gone}


class Shop:
    """A project, whose answers are logged one by one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "features").mkdir(parents=True)
        for name, text in MODELS.items():
            (folder / "features" / f"{name}.sql").write_text(text)
        (folder / "features" / "p.yml").write_text(PROPERTIES)
        (folder / "skewless.yml").write_text("name: p\nversion: '1'\nprofile: p\n")
        (folder / "profiles.yml").write_text(PROFILE)
        self.log = ServingLog(folder / "served")

    def holds(self, *rows: Row) -> None:
        """What the source holds from now on."""
        kinds = {"id": pa.int64(), "k": pa.int64(), "t": pa.timestamp("us"), "known": pa.timestamp("us")}
        schema = pa.schema({**kinds, "amount": pa.float64(), "rank": pa.int64(), "gone": pa.bool_()})
        pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), self.folder / "sales.parquet")

    def project(self) -> Project:
        return Project.load(self.folder, environ={})

    def serve(
        self,
        *,
        loaded: float = 0,
        asked: float = 0,
        service: str = "svc",
        change: Any = None,
        request_id: str = "one",
        price: Any = 5.0,
    ) -> None:
        """The state is loaded as of one hour, and a request answered at another; it may be changed on the way."""
        project = self.project()
        project.run(as_of=at(loaded))
        server: FeatureServer = project.server(service)
        vector = server.get([{"k": 1, "price": price}], as_of=at(asked), partial=True)
        vector = change(vector) if change else vector
        self.log.of(server.bundle).record({"k": [1], "price": [price]}, vector, request_id)
        server.close()

    def audit(self, *options: str, service: str = "svc") -> Result:
        self.log.close()
        arguments = ["--project-dir", str(self.folder), "audit", "--service", service, "--log", f"{self.folder}/served"]
        return CliRunner().invoke(cli, [*arguments, *options])

    def causes(self, **settings: Any) -> dict[str, str]:
        """Feature to cause, of all that differ."""
        result = self.audit("--output", "json", "--examples", "99", **settings)
        assert result.exit_code in (0, 1), result.output
        found = json.loads(result.stdout)
        assert (result.exit_code == 1) == ("unexplained" in found["causes"])
        return {one["feature"]: one["cause"] for one in found["examples"]}
