"""Logged requests of a service, as the files of a serving log hold them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from skewless.ground.errors import DataError, UsageError
from skewless.serve.log.layout import METADATA, Layout, layout_from

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """Rows that one definition of a service has answered, with the columns that `layout` names."""

    layout: Layout
    rows: pa.Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows of a log: of which service, answered for which moments (naive UTC), and how many at most."""

    project: str
    service: str
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    sample: int | None = None
    seed: int = 0


def read_log(folder: Path, wanted: Wanted) -> tuple[Logged, ...]:
    """The rows by definition of the service, in the order of their moments. A sample is drawn of all of them.

    Raises UsageError where there is no log of the service, DataError for files that are no files of a log, and where
    no row is of the span.
    """
    found = [_definition(path, wanted) for path in _definitions(folder, wanted)]
    if not any(one.rows.num_rows for one in found):
        raise DataError(
            f"the serving log '{folder}' has no row of '{wanted.service}' in this span, so nothing was compared",
            help="name another --since or --until, or wait until a file of the log is complete",
        )
    return _sampled([one for one in found if one.rows.num_rows], wanted)


def _definitions(folder: Path, wanted: Wanted) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(f"there is no serving log: '{folder}' is no folder", help="name it: --log DIR")
    found = sorted(folder.glob(f"*={quote(wanted.project, safe='')}/*={quote(wanted.service, safe='')}/*=*"))
    if not found:
        known = sorted({path.name.partition("=")[2] for path in folder.glob("*=*/*=*")})
        raise UsageError(
            f"the serving log '{folder}' has nothing of the service '{wanted.service}' of the project "
            f"'{wanted.project}'",
            help=f"it has rows of: {', '.join(known)}" if known else "it has no files",
        )
    return found


def _definition(folder: Path, wanted: Wanted) -> Logged:
    import pyarrow as pa
    import pyarrow.dataset as ds

    files = sorted(folder.glob("*/*.parquet"))
    layout = _layout(files)
    at = ds.field(layout.own["log_as_of"])
    conditions = [at >= wanted.since] if wanted.since is not None else []
    conditions += [at < wanted.until] if wanted.until is not None else []
    condition = None
    for one in conditions:
        condition = one if condition is None else condition & one
    try:
        rows = ds.dataset([str(path) for path in files], format="parquet").to_table(filter=condition)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OSError) as error:
        raise DataError(
            f"the serving log in '{folder}' cannot be read: {error}", help="remove the file that it names"
        ) from error
    return Logged(layout=layout, rows=rows.sort_by(layout.own["log_as_of"]))


def _layout(files: Sequence[Path]) -> Layout:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not files:
        raise UsageError("the serving log has folders, and no files in them", help="files are there when they are full")
    try:
        told = (pq.read_schema(files[-1]).metadata or {})[METADATA]
    except (pa.ArrowInvalid, OSError, KeyError) as error:
        raise DataError(
            f"'{files[-1]}' is no file of a serving log", help="remove it, or name another folder"
        ) from error
    return layout_from(told, str(files[-1]))


def _sampled(found: Sequence[Logged], wanted: Wanted) -> tuple[Logged, ...]:
    total = sum(one.rows.num_rows for one in found)
    if wanted.sample is None or total <= wanted.sample:
        return tuple(found)
    chosen = sorted(random.Random(wanted.seed).sample(range(total), wanted.sample))  # noqa: S311
    start, parts = 0, []
    for one in found:
        own = [place - start for place in chosen if start <= place < start + one.rows.num_rows]
        parts.append(replace(one, rows=one.rows.take(own)))
        start += one.rows.num_rows
    return tuple(one for one in parts if one.rows.num_rows)
