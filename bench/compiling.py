"""1,000 views compiled for both paths, cold and with nothing changed, and the time that --help takes."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

_COLUMNS = "{name: id, data_type: bigint}, {name: user_id, data_type: bigint}, {name: ts, data_type: timestamp}, " \
    "{name: amount, data_type: double}, {name: kind, data_type: varchar}"  # fmt: skip
_MODEL = """{{{{ config(entity='user', ttl='90 days') }}}}

select
    user_id,
    count(*) filter (where {{{{ last('1 hour') }}}}) as n_1h_{n},
    count(*) filter (where {{{{ last('1 day') }}}}) as n_1d_{n},
    avg(amount) filter (where {{{{ last('1 day') }}}}) as mean_1d_{n},
    sum(amount) filter (where {{{{ last('7 days') }}}} and kind = 'k{n}') as sum_7d_{n},
    max(amount) as max_{n}
from {{{{ source('bench', 't{table}') }}}}
where amount > {n}
group by user_id
"""


def write_project(folder: Path, views: int = 1_000, tables: int = 20) -> None:
    (folder / "features").mkdir(parents=True, exist_ok=True)
    (folder / "skewless.yml").write_text("name: bench\nversion: '1'\nprofile: bench\n")
    (folder / "profiles.yml").write_text("bench: {target: dev, outputs: {dev: {type: duckdb}}}\n")
    lines = [
        "entities: [{name: user, keys: [{name: user_id, data_type: bigint}]}]",
        "sources:",
        "  - name: bench",
        "    tables:",
    ]
    for table in range(tables):
        lines += [
            f"      - name: t{table}",
            f"        path: t{table}.parquet",
            "        event_time: ts",
            "        primary_key: [id]",
            "        append_only: true",
            f"        columns: [{_COLUMNS}]",
        ]
    lines.append("features:")
    for view in range(views):
        (folder / "features" / f"v{view}.sql").write_text(_MODEL.format(n=view, table=view % tables))
        lines += [f"  - name: v{view}", "    columns:", f"      - {{name: n_1h_{view}, data_type: bigint}}"]
    (folder / "features" / "bench.yml").write_text("\n".join(lines) + "\n")


def seconds_of(*arguments: str) -> float:
    """The wall time of one command."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-m", "skewless", *arguments], check=True, capture_output=True)  # noqa: S603
    return time.perf_counter() - begun


def measure_compile(folder: Path) -> tuple[float, float]:
    """(cold, nothing changed)."""
    write_project(folder)
    cold = seconds_of("compile", "--project-dir", str(folder))
    warm = min(seconds_of("compile", "--project-dir", str(folder)) for _ in range(3))
    return cold, warm


def measure_help() -> float:
    return sorted(seconds_of("--help") for _ in range(9))[4]
