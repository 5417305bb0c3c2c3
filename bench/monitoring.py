"""`skewless monitor` over a log of millions of rows, as a whole process. Run by `make bench-monitor`."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from measure import Cost, in_own_process
from results import measured_on, replace_section

from skewless.serve.log.layout import OWN, Layout, exact_statistics, layout_of, schema_of
from skewless.tasks.bundles import bundle_of
from skewless.tasks.workspace import Options, load_workspace

_ROWS, _BASELINE_ROWS, _FILE_ROWS, _GROUP_ROWS, _AT_MOST = 10_000_000, 1_000_000, 1_000_000, 10_000, 60
"""Rows of the log, of the baseline, of a file and of a row group as the serving log writes them; seconds aimed at."""
_THREADS = 2
_KINDS = {"double": 35, "bigint": 5, "varchar": 5, "boolean": 3, "timestamp": 2}
_VALUES = {
    "double": "round(ln(1 + hash({row}, {n}) % 1000000) * 10, 2)",
    "bigint": "(hash({row}, {n}) % 50)::BIGINT",
    "varchar": "'category ' || (sqrt(hash({row}, {n}) % 900)::INTEGER)",
    "boolean": "hash({row}, {n}) % 3 = 0",
    "timestamp": "TIMESTAMP '2026-06-01' + to_seconds(hash({row}, {n}) % 864000)",
}
_FEATURES = {f"{kind}_{n}": (kind, n) for kind, count in _KINDS.items() for n in range(count)}
_WORDS = "MAP {'view': 'view@1'}"
_NULL = "hash({row}, {n}, 1) % 50 = 0"
FILES = {
    "skewless.yml": "name: watched\nversion: '1'\nprofile: watched\n",
    "profiles.yml": "watched:\n  target: dev\n  outputs:\n    dev: {type: duckdb, threads: 2, online: {type: sqlite, path: o.db}}\n",
    "features/wide.sql": "{{ config(entity='user', ttl='30 days') }}\nselect user_id, "
    + ", ".join(_FEATURES)
    + " from {{ source('bench', 'users') }}\n",
    "features/bench.yml": "entities:\n  - {name: user, keys: [{name: user_id, data_type: bigint}]}\n"
    "sources:\n  - name: bench\n    tables:\n      - name: users\n        path: users.parquet\n        event_time: at\n"
    "        primary_key: [user_id, at]\n        append_only: true\n        columns:\n"
    "          - {name: user_id, data_type: bigint}\n          - {name: at, data_type: timestamp}\n"
    + "".join(f"          - {{name: {name}, data_type: {kind}}}\n" for name, (kind, _) in _FEATURES.items())
    + "services:\n  - {name: wide_v1, features: [wide]}\n",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    measured_on: str
    rows: int
    log_bytes: int
    frozen: Cost
    compared: Cost


def measure(folder: Path, rows: int) -> Found:
    """Writes a project, a training set and a log, and runs the command twice: to freeze, and to compare."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    _write_baseline(folder / "training.parquet")
    for number in range(0, rows, _FILE_ROWS):
        _write_log(folder, number, min(_FILE_ROWS, rows - number))
        print(f"bench-monitor: {number + _FILE_ROWS:,} rows logged", file=sys.stderr, flush=True)
    on = measured_on(DuckDB=version("duckdb"))
    frozen = _run(folder, "--baseline", "training.parquet", "--freeze", "profile.json")
    compared = _run(folder, "--baseline", "profile.json", "--log", "served", "--report", "report.html")
    sizes = [path.stat().st_size for path in (folder / "served").rglob("*.parquet")]
    return Found(measured_on=on, rows=rows, log_bytes=sum(sizes), frozen=frozen, compared=compared)


def _value(name: str, row: str) -> str:
    kind, n = _FEATURES[name]
    value, null = _VALUES[kind].format(row=row, n=n), _NULL.format(row=row, n=n)
    return f"CASE WHEN {null} THEN NULL ELSE {value} END AS {name}"


def _write_baseline(path: Path) -> None:
    columns = ", ".join(_value(name, "i + 1000000000") for name in _FEATURES)
    duckdb.sql(f"COPY (SELECT {columns} FROM range({_BASELINE_ROWS}) t(i)) TO '{path}' (COMPRESSION zstd)")


def _layout(folder: Path) -> Layout:
    workspace = load_workspace(Options(project_dir=folder), {})
    service = workspace.service("wide_v1")
    return layout_of(bundle_of(service, workspace.versions, project=workspace.files.name, store=""))


def _write_log(folder: Path, first: int, rows: int) -> None:
    """A file of the log, a day for each: what the serving log writes, made by DuckDB."""
    layout = _layout(folder)
    day = dt.datetime(2026, 6, 12) + dt.timedelta(days=first // _FILE_ROWS)
    path = folder / "served" / layout.folder(day.date().isoformat()) / "rows.parquet"
    path.parent.mkdir(parents=True)
    schema = schema_of(layout)
    query = duckdb.sql(f"SELECT {', '.join(_logged(day))} FROM range({first}, {first + rows}) t(i)")
    statistics = exact_statistics(layout)
    with pq.ParquetWriter(path, schema, compression="zstd", write_statistics=statistics) as writer:
        for batch in query.to_arrow_reader(_GROUP_ROWS):
            writer.write_table(pa.Table.from_batches([batch]).cast(schema), row_group_size=_GROUP_ROWS)


def _logged(day: dt.datetime) -> Sequence[str]:
    """Projections in the order of the log's columns."""
    at = f"TIMESTAMP '{day}' + to_milliseconds(i % {_FILE_ROWS} * 86)"
    own = ("i::VARCHAR", "0::INTEGER", at, at, _WORDS, _WORDS)
    columns = [*(f"{value} AS {name}" for name, value in zip(OWN, own, strict=True)), "i AS user_id"]
    for name, (_, n) in _FEATURES.items():
        status = f"CASE WHEN {_NULL.format(row='i', n=n)} THEN 'NULL_VALUE' ELSE 'PRESENT' END"
        newest = f"{at} - to_seconds(hash(i, {n}, 2) % 86400)"
        columns += [_value(name, "i"), f"{status} AS {name}__status", f"{newest} AS {name}__event_timestamp"]
    return columns


def _run(folder: Path, *arguments: str) -> Cost:
    return in_own_process(_monitor, folder, arguments)


def _monitor(folder: Path, arguments: tuple[str, ...]) -> None:
    from skewless.cli.main import cli

    os.chdir(folder)
    code = cli.main(["monitor", "wide_v1", "--threads", str(_THREADS), *arguments], standalone_mode=False)
    assert code == 0, f"skewless monitor ended with {code}"


def section(found: Found) -> str:
    one = found.compared
    return "\n".join(
        [
            "## Monitoring a serving log",
            "",
            found.measured_on,
            "Again: `make bench-monitor`. **Times are this machine's alone.**",
            "",
            f"{found.rows:,} logged rows of {len(_FEATURES)} features in Parquet, {found.log_bytes / 1e9:.1f} GB, a day a file, as the",
            "serving log writes them: values, statuses and event timestamps. 35 features are doubles, five whole numbers, five",
            "texts, three booleans, two moments. *Freeze*: a training set of a million rows into a profile. *Compare*: the log",
            f"with the profile, day by day, and the report. Each in a fresh process with {_THREADS} threads.",
            "",
            f"Comparing took {one.seconds:.0f} s; at most {_AT_MOST} were aimed at: {'met' if one.seconds <= _AT_MOST else '**missed**'}.",
            "",
            "| what | time | peak memory |",
            "|---|---|---|",
            f"| freeze | {found.frozen.seconds:.1f} s | {found.frozen.peak_gb:.1f} GB |",
            f"| compare | {one.seconds:.1f} s | {one.peak_gb:.1f} GB |",
            f"| compare, rows of one feature a second | {found.rows * len(_FEATURES) / one.seconds / 1e6:.0f} million | |",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=_ROWS)
    parser.add_argument("--dry", action="store_true", help="leave RESULTS.md as it is")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="skewless-bench-") as folder:
        written = section(measure(Path(folder), arguments.rows))
    print(written)
    if not arguments.dry:
        replace_section(written)


if __name__ == "__main__":
    main()
