"""Which event a row is of, and rows of one event that come together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from skewless.contract.source_plan import SourcePlan

if TYPE_CHECKING:
    import pyarrow as pa

Identity = tuple[object, ...]


def identity_of(plan: SourcePlan, row: Mapping[str, Any]) -> Identity:
    """The primary key of a row: equal for rows of one event. NULL equals NULL, and NaN NaN."""
    return tuple(_alike(row[name]) for name in plan.primary_key)


def identities(plan: SourcePlan, rows: pa.Table) -> Iterator[Identity]:
    """The same for each row of a table."""
    return zip(*(map(_alike, rows.column(name).to_pylist()) for name in plan.primary_key), strict=True)


def each_once(plan: SourcePlan, rows: pa.Table) -> pa.Table:
    """The rows without repetitions, where the source promises that no two rows share their primary key.

    A delivery may repeat within one batch, and that breaks no promise. Where rows have versions, each of them counts.
    """
    import pyarrow as pa

    if plan.has_versions or not plan.primary_key:
        return rows
    last = {identity: place for place, identity in enumerate(identities(plan, rows))}
    if len(last) == rows.num_rows:
        return rows
    return rows.take(pa.array(sorted(last.values()), type=pa.int64()))


def _alike(value: object) -> object:
    if type(value) is float and value != value:
        return "NaN"
    return tuple(map(_alike, value)) if isinstance(value, list) else value
