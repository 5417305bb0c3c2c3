"""The many small files of past days into one for each day, while others read and write them.

First the day's files are merged into another, which names them and is whole when it has its own name. An hour later
they are removed: who has listed them before has long read them. In between a reader finds rows twice, as it does when
rows are delivered twice, and counts them once.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from skewless.contract.landed import DATE, SUFFIX
from skewless.ingest.landing import aside, exact_statistics

if TYPE_CHECKING:
    import pyarrow as pa

_MERGED = f".merged{SUFFIX}"
_PARTS = b"skewless.parts"
"""The key of a merged file's metadata that holds the names of the files it was made of, as JSON."""
_GRACE = dt.timedelta(hours=1)
_GROUP_ROWS = 100_000


def compact(folder: Path, now: dt.datetime) -> None:
    """Merges the files of each day before that of `now` (naive UTC), and removes those that were merged an hour before.

    Raises OSError. Wherever it is stopped, every row is in some file. Several processes may do it at once.
    """
    for day in sorted(folder.glob(f"{DATE}=*")):
        if day.name < f"{DATE}={now.date().isoformat()}":
            with suppress(FileNotFoundError):  # another process does the same, and was quicker
                _compact(day, now)


def _compact(day: Path, now: dt.datetime) -> None:
    parts_of = {path: _parts(path) for path in day.glob(f"*{_MERGED}")}
    old = [path for path in day.iterdir() if _is_older(path, now)]
    for path in old:
        if path.suffix == ".tmp":  # of somebody who was killed
            path.unlink(missing_ok=True)
        for name in parts_of.get(path, ()):
            (day / name).unlink(missing_ok=True)
    merged = {name for names in parts_of.values() for name in names}
    rest = [path for path in day.glob(f"*{SUFFIX}") if path not in parts_of and path.name not in merged]
    for schema, paths in _by_schema(sorted(rest)):
        if len(paths) > 1:
            _merge(day, schema, paths)


def _is_older(path: Path, now: dt.datetime) -> bool:
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).replace(tzinfo=None) < now - _GRACE


def _parts(path: Path) -> Sequence[str]:
    import pyarrow.parquet as pq

    names: list[str] = json.loads((pq.read_schema(path).metadata or {}).get(_PARTS, b"[]"))
    return names


def _by_schema(paths: Sequence[Path]) -> Iterator[tuple[pa.Schema, list[Path]]]:
    """The files by their columns: the source may have been declared otherwise before."""
    import pyarrow.parquet as pq

    found: dict[pa.Schema, list[Path]] = defaultdict(list)
    for path in paths:
        found[pq.read_schema(path)].append(path)
    yield from found.items()


def _merge(day: Path, schema: pa.Schema, paths: Sequence[Path]) -> None:
    import pyarrow.parquet as pq

    names = json.dumps([path.name for path in paths])
    own = schema.with_metadata({_PARTS: names.encode()})
    target = day / f"{sha256(names.encode()).hexdigest()[:16]}{_MERGED}"
    exact = exact_statistics(own)
    with aside(target) as file, pq.ParquetWriter(file, own, compression="zstd", write_statistics=exact) as writer:
        for table in _groups(paths):
            writer.write_table(table)


def _groups(paths: Sequence[Path]) -> Iterator[pa.Table]:
    """The rows of the files, many at once."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    waiting: list[pa.Table] = []
    for path in paths:
        waiting.append(pq.ParquetFile(path).read())
        if sum(table.num_rows for table in waiting) >= _GROUP_ROWS:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)
