"""Which event a row is of, and rows of one event that come together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any

from skewless.contract.source_plan import SourcePlan, WrittenView

if TYPE_CHECKING:
    import pyarrow as pa

Identity = tuple[object, ...]


def identity_of(plan: SourcePlan, row: Mapping[str, Any]) -> Identity:
    """The primary key of a row: equal for rows of one event. NULL equals NULL, and NaN NaN."""
    return tuple(_alike(row[name]) for name in plan.primary_key)


def identities(plan: SourcePlan, rows: pa.Table) -> Iterator[Identity]:
    """The same for each row of a table."""
    return _identities(rows, plan.primary_key)


def promised_key(view: WrittenView, source: str) -> tuple[str, ...]:
    """The columns of which a source promises that no two rows share them, as a view knows it; none where rows have
    versions, each of which counts. A version of the past may know another promise than the present one."""
    return next((one.primary_key for one in view.timed if one.source == source and not one.versions_sql), ())


def each_once(rows: pa.Table, key: Sequence[str]) -> pa.Table:
    """The rows without repetitions of the key, if there is one: the last of each.

    A delivery may repeat within one batch, and that breaks no promise.
    """
    import pyarrow as pa

    if not key:
        return rows
    last = {identity: place for place, identity in enumerate(_identities(rows, key))}
    if len(last) == rows.num_rows:
        return rows
    return rows.take(pa.array(sorted(last.values()), type=pa.int64()))


def _identities(rows: pa.Table, key: Sequence[str]) -> Iterator[Identity]:
    if not key:
        return repeat((), rows.num_rows)
    return zip(*(map(_alike, rows.column(name).to_pylist()) for name in key), strict=True)


def _alike(value: object) -> object:
    if type(value) is float and value != value:
        return "NaN"
    return tuple(map(_alike, value)) if isinstance(value, list) else value
