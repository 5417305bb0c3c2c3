"""A service whose answers are logged by the real serving log, and a training set to compare them with."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from click.testing import CliRunner, Result

from skewless.cli.main import cli
from skewless.contract.arrow import arrow_type
from skewless.contract.artifact import Bundle
from skewless.ground.dtypes import DataType
from skewless.ground.moments import microseconds
from skewless.serve.log import Roll, ServingLog
from skewless.serve.vector import Explained, Status, Vector
from skewless.tasks.bundles import bundle_of
from skewless.tasks.workspace import Options, Workspace, load_workspace

DAY = dt.datetime(2026, 6, 12)
TYPES = {
    "amount": "double", "visits": "bigint", "country": "varchar", "is_new": "boolean", "seen_at": "timestamp",
    "tags": "varchar[]", "price": "decimal(10,2)",
}  # fmt: skip
NUMBER = {"amount": "double"}
RULES = "{min_rows: 10}"
_SQL = "{{ config(entity='user', ttl='365 days') }}\nselect user_id, {columns} from {{ source('shop', 'users') }}\n"


@dataclass(frozen=True)
class Watched:
    """A project with the service `shop_v1` of one view, in a folder."""

    root: Path

    @property
    def log(self) -> Path:
        return self.root / "served"

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def workspace(self) -> Workspace:
        workspace = load_workspace(Options(project_dir=self.root), {})
        workspace.check()
        return workspace

    def bundle(self) -> Bundle:
        workspace = self.workspace()
        return bundle_of(workspace.service("shop_v1"), workspace.versions, project="shop", store="sqlite:///online.db")

    def serve(
        self,
        values: Mapping[str, Sequence[Any]],
        at: dt.datetime = DAY,
        *,
        age: dt.timedelta = dt.timedelta(hours=1),
        statuses: Sequence[Status] | None = None,
        bundle: Bundle | None = None,
    ) -> None:
        """Logs an answer with these values of all features, one row for each user."""
        rows = len(next(iter(values.values())))
        log = ServingLog(self.log, roll=Roll(), queue_rows=rows + 1, clock=lambda: at)
        vector = Vector(
            as_of=at,
            keys={},
            fields={},
            values=values,
            types={},
            explained={name: Explained(statuses, [microseconds(at - age)] * rows) for name in values},
        )
        log.of(bundle or self.bundle()).record({"user_id": list(range(rows))}, vector)
        log.close()
        assert log.counts.written == rows

    def train(self, values: Mapping[str, Sequence[Any]], name: str = "training.parquet") -> Path:
        """A training set with these values, and a label that is no feature."""
        fields = {one.name: one.type for one in self.bundle().outputs}
        columns = {key: pa.array(column, arrow_type(DataType.parse(fields[key]))) for key, column in values.items()}
        rows = len(next(iter(values.values())))
        pq.write_table(pa.table({**columns, "label": pa.array([0] * rows)}), self.root / name)
        return self.root / name

    def monitor(self, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Result:
        """`skewless monitor shop_v1` in the project's folder, with the log and the baseline unless others are given."""
        given = list(map(str, arguments))
        places = {"--log": str(self.log), "--baseline": str(self.root / "training.parquet")}
        defaults = [word for pair in places.items() if pair[0] not in given for word in pair]
        words = ["monitor", "--project-dir", str(self.root), "shop_v1", *defaults, *given]
        return CliRunner().invoke(cli, words, env=dict(env or {}))

    def result(self, *arguments: str | Path) -> dict[str, Any]:
        """What it prints as JSON."""
        ended = self.monitor("--output", "json", *arguments)
        assert ended.exit_code in (0, 1), ended.output
        found: dict[str, Any] = json.loads(ended.stdout)
        return found

    def feature(self, name: str, *arguments: str | Path) -> dict[str, Any]:
        """What it says of one feature."""
        return next(one for one in self.result(*arguments)["features"] if one["name"] == name)


def write_watched(root: Path, features: Mapping[str, str], monitor: str = "{}") -> Watched:
    """A project whose view has these features, by name, of these types; `monitor` is YAML."""
    columns = "".join(
        f"          - {{name: {json.dumps(name, ensure_ascii=False)}, data_type: '{kind}'}}\n"
        for name, kind in features.items()
    )
    watched = Watched(root)
    watched.write("skewless.yml", "name: shop\nversion: '1.0'\nprofile: shop\n")
    watched.write(
        "profiles.yml",
        "shop:\n  target: dev\n  outputs:\n"
        "    dev: {type: duckdb, threads: 2, online: {type: sqlite, path: target/online.db}}\n",
    )
    quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in features)
    watched.write("features/profile.sql", _SQL.replace("{columns}", quoted))
    watched.write(
        "features/shop.yml",
        "entities:\n  - {name: user, keys: [{name: user_id, data_type: bigint}]}\n"
        "sources:\n  - name: shop\n    tables:\n      - name: users\n        path: users.parquet\n"
        "        event_time: changed_at\n        primary_key: [user_id, changed_at]\n        append_only: true\n"
        "        columns:\n          - {name: user_id, data_type: bigint}\n"
        f"          - {{name: changed_at, data_type: timestamp}}\n{columns}"
        f"services:\n  - name: shop_v1\n    features: [profile]\n    monitor: {monitor}\n",
    )
    return watched


def normal(rows: int, shift: float = 0.0, seed: int = 0) -> list[float]:
    """Numbers that are distributed normally around `shift`."""
    return [float(value) for value in np.random.default_rng(seed).normal(shift, 1, rows)]
