"""The sources of a service into what tells later whether they are still the same.

Files are listed before they are read and hashed afterwards: one that changed in between is told, because the values may
be of either. Tables are counted, and digested where that is one cheap pass.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec
from sqlglot import exp

from skewless.contract.instances import ServicePlan
from skewless.contract.ir import SourceTable
from skewless.contract.names import column
from skewless.engines.duckdb import DuckDB
from skewless.engines.engine import Engine
from skewless.engines.places import PARQUET, absolute, duckdb_files, is_on_this_disk, table_of
from skewless.tasks.bundles import package_versions

_Stamps = Mapping[str, tuple[int, int]]
"""Of each file, its bytes and when it was written."""


class FileSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One file. `rows` is None where counting them means reading them."""

    path: str
    """From the project's root, or absolute for a file elsewhere."""
    bytes: int
    sha256: str
    rows: int | None


class SourceSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One source as it was read."""

    place: str
    files: tuple[FileSnapshot, ...] | None = None
    """None of a table, and of files that this machine does not see."""
    rows: int | None = None
    digest: str | None = None
    """Of a table's declared columns, whatever the order of its rows. It is DuckDB's and begins with its version, since
    digests of two versions say nothing of each other."""
    as_of: str | None = None
    """The moment before the queries, in UTC, at which the warehouse can show the table again."""
    lacks: str | None = None
    """What is not known of it, and why."""
    changed_while_read: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Sources that are about to be read."""

    engine: Engine
    root: Path
    sources: tuple[SourceTable, ...]
    stamps: Mapping[str, _Stamps]
    clock: str | None

    def snapshots(self, say: Callable[[str], None]) -> dict[str, SourceSnapshot]:
        """By name, once all has been read. `say` is told which source is being looked at: files take their time."""
        found = {}
        for source in self.sources:
            say(f"Recording the source {source.name}")
            found[source.name] = self._snapshot(source)
        return found

    def _snapshot(self, source: SourceTable) -> SourceSnapshot:
        if source.path is None:
            return self._of_table(source)
        stamps = self.stamps.get(source.name)
        if not stamps:
            return SourceSnapshot(place=source.path, lacks="its files are not on this machine")
        files = tuple(one for path in sorted(stamps) if (one := _file(path, self.root)) is not None)
        counts = [one.rows for one in files]
        return SourceSnapshot(
            place=source.path,
            files=files,
            rows=sum(one for one in counts if one is not None) if None not in counts else None,
            changed_while_read=_stamps(source, self.root) != stamps,
        )

    def _of_table(self, source: SourceTable) -> SourceSnapshot:
        place = table_of(source).sql()
        if isinstance(self.engine, DuckDB):
            rows, digest = self.engine.rows(_counted(self.engine, source, digested=True))[0]
            return SourceSnapshot(place=place, rows=rows, digest=f"duckdb-{package_versions()['duckdb']}:{digest or 0}")
        rows = self.engine.rows(_counted(self.engine, source, digested=False))[0][0]
        lacks = None if self.clock is not None else f"no digest: tables of {self.engine.dialect} are only counted"
        return SourceSnapshot(place=place, rows=rows, as_of=self.clock, lacks=lacks)


def watch(engine: Engine, service: ServicePlan, root: Path) -> Watched:
    """To be called before anything is read."""
    scans = [scan for instance in service.instances if instance.view.pipeline for scan in instance.view.rows.scans]
    sources = tuple({part.name: part for scan in scans for part in _parts(scan.source)}.values())
    here = [source for source in sources if source.path and is_on_this_disk(absolute(source.path, root))]
    return Watched(
        engine=engine,
        root=root,
        sources=sources,
        stamps={source.name: _stamps(source, root) for source in here},
        clock=engine.clock(),
    )


def _parts(source: SourceTable) -> Iterator[SourceTable]:
    yield source
    if (landed := source.landed_part) is not None:
        yield landed


def _stamps(source: SourceTable, root: Path) -> _Stamps:
    return dict(_stamped(duckdb_files(absolute(source.path or "", root))))


def _stamped(paths: Iterable[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    for path in paths:
        try:
            found = os.stat(path)
        except FileNotFoundError:
            continue
        yield path, (found.st_size, found.st_mtime_ns)


def _file(path: str, root: Path) -> FileSnapshot | None:
    """None of one that is gone by now."""
    try:
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size, rows = file.tell(), _rows_of_file(file) if path.endswith(PARQUET) else None
    except FileNotFoundError:
        return None
    return FileSnapshot(path=shown_path(path, root), bytes=size, sha256=digest, rows=rows)


def shown_path(path: str | Path, root: Path) -> str:
    """From the project's root, if it is below it."""
    whole, top = os.path.abspath(path), os.path.abspath(root)
    return Path(whole).relative_to(top).as_posix() if Path(whole).is_relative_to(top) else whole


def _rows_of_file(file: BinaryIO) -> int:
    import pyarrow.parquet as pq

    return int(pq.read_metadata(file).num_rows)


def _counted(engine: Engine, source: SourceTable, *, digested: bool) -> exp.Select:
    """How many rows, and with `digested` the sum of their hashes: DuckDB's, which no order of rows changes."""
    counted: list[exp.Expr] = [exp.Count(this=exp.Star())]
    if digested:
        hashed = exp.Anonymous(this="HASH", expressions=[column(field.name) for field in source.columns])
        counted.append(exp.Sum(this=hashed))
    return exp.Select(expressions=counted, from_=exp.From(this=engine.relation(source)))
