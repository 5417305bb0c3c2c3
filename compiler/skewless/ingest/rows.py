"""Rows as users send them into a typed Arrow table, and the rows that cannot be part of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from skewless.contract.source_plan import SourcePlan
from skewless.ground.diagnostics import did_you_mean
from skewless.ground.dtypes import DataType
from skewless.ground.errors import DataError
from skewless.ingest.columns import python_values, typed_column
from skewless.ingest.written import Rejected

if TYPE_CHECKING:
    import pyarrow as pa

_FUTURE = dt.timedelta(days=365)
"""How far after the clock a row's times may lie. A moment beyond is a mistake, such as milliseconds taken for seconds,
and a row that has never happened would be kept as state for ever."""


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """The rows that are right, and those that are not, by their place among the rows that were given."""

    table: pa.Table
    places: Sequence[int]
    """Of each row of the table, its place."""
    rejected: Mapping[int, Rejected]


@dataclass(frozen=True, slots=True)
class _Given:
    """Rows by column. `faults` are those of whole rows, and `row` gives one back as it came."""

    columns: Mapping[str, Any]
    count: int
    faults: Mapping[int, str]
    rows: Sequence[Any] | None

    def row(self, place: int) -> Mapping[str, Any]:
        if self.rows is None:
            return {name: _item(values, place) for name, values in self.columns.items()}
        row = self.rows[place]
        return row if isinstance(row, Mapping) else {}


def checked_rows(
    plan: SourcePlan, rows: Any, now: dt.datetime, arrived: Sequence[dt.datetime | None] | None = None
) -> CheckedRows:
    """Rows in the source's declared columns and types, in their order, and those that were refused, each with a reason.

    `rows` is a list of mappings, a mapping of column to list of values, an Arrow table, or a frame of pandas or polars.
    `now` is naive UTC. `arrived` is when each row came, which is when it became known unless it says that itself.
    Raises DataError when `rows` is none of these.
    """
    import pyarrow as pa

    types = _types(plan)
    given = _given(rows, types, plan.source)
    reasons = dict(given.faults)
    arrays: dict[str, pa.Array] = {}
    for name, dtype in types.items():
        values = given.columns.get(name)
        arrays[name], faults = typed_column([None] * given.count if values is None else values, dtype, name)
        for place, reason in faults.items():
            reasons.setdefault(place, reason)
    if arrived is not None and plan.known_at is not None:
        arrays[plan.known_at] = _stamped(arrays[plan.known_at], arrived)
    table = pa.table(arrays)
    for place, reason in _broken_rules(plan, table, now):
        reasons.setdefault(place, reason)
    if not reasons:
        return CheckedRows(table, range(given.count), {})
    places = [place for place in range(given.count) if place not in reasons]
    rejected = {place: Rejected(row=given.row(place), reason=reasons[place], place=place) for place in sorted(reasons)}
    return CheckedRows(table.take(pa.array(places, type=pa.int64())), places, rejected)


def with_places(checked: CheckedRows, rejected: Sequence[Rejected]) -> Iterator[tuple[int, Rejected]]:
    """Rows that views have refused, by their places: a writer knows rows by what they are."""
    if not rejected:
        return
    places: dict[str, list[int]] = {}
    for place, row in zip(checked.places, checked.table.to_pylist(), strict=True):
        places.setdefault(str(row), []).append(place)
    # What was sent twice is refused for both places, however often the writer came across it.
    found = {(str(dict(one.row)), one.view): one for one in rejected}
    for (row, _), one in found.items():
        for place in places[row]:
            yield place, replace(one, place=place)


def _stamped(known_at: pa.Array, arrived: Sequence[dt.datetime | None]) -> pa.Array:
    """The known times, where they are missing those of arrival. A date would be a midnight before the arrival, at which
    nobody knew the row, so nothing is made of it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not known_at.null_count or not pa.types.is_timestamp(known_at.type):
        return known_at
    return pc.coalesce(known_at, pa.array(arrived, type=known_at.type))


@lru_cache(maxsize=64)
def _parsed(types: tuple[str, ...]) -> tuple[DataType, ...]:
    return tuple(map(DataType.parse, types))


def _types(plan: SourcePlan) -> dict[str, DataType]:
    parsed = _parsed(tuple(column.type for column in plan.columns))
    return {column.name: dtype for column, dtype in zip(plan.columns, parsed, strict=True)}


def _given(rows: Any, types: Mapping[str, DataType], source: str) -> _Given:
    if isinstance(rows, Mapping):
        return _by_column({name: _listed(name, values) for name, values in rows.items()}, types, source)
    if hasattr(rows, "iloc") and hasattr(rows, "columns"):
        return _by_column(_of_pandas(rows), types, source)
    if hasattr(rows, "__arrow_c_stream__") or hasattr(rows, "__arrow_c_array__"):
        return _by_column(_of_arrow(rows), types, source)
    if isinstance(rows, Sequence | Iterator) and not isinstance(rows, str | bytes):
        return _by_row(rows if isinstance(rows, list) else list(rows), types, source)
    raise DataError(
        f"the rows are {type(rows).__name__}",
        help="give a list of mappings, a mapping of column to values, an Arrow table, or a pandas or polars frame",
    )


def _by_row(rows: list[Any], types: Mapping[str, DataType], source: str) -> _Given:
    faults: dict[int, str] = {}
    readable: list[Any] = rows
    if not set(map(type, rows)) <= {dict}:
        wrong = {place: row for place, row in enumerate(rows) if not isinstance(row, Mapping)}
        faults |= {
            place: f"a row is {_shown(row)}, and not a mapping of column to value" for place, row in wrong.items()
        }
        readable = [{} if place in wrong else row for place, row in enumerate(rows)]
    declared = frozenset(types)
    for place, row in enumerate(readable):
        if not declared.issuperset(row):
            other = next(name for name in row if name not in declared)
            faults[place] = _undeclared(other, types, source)
    return _Given({name: _picked(readable, name) for name in types}, len(rows), faults, rows)


def _picked(rows: list[Any], name: str) -> list[Any]:
    try:
        return [*map(itemgetter(name), rows)]
    except KeyError:
        return [row.get(name) for row in rows]


def _by_column(columns: Mapping[str, Any], types: Mapping[str, DataType], source: str) -> _Given:
    lengths = {name: len(values) for name, values in columns.items()}
    count = max(lengths.values(), default=0)
    for name, length in lengths.items():
        if length != count:
            longest = max(lengths, key=lengths.__getitem__)
            raise DataError(
                f"'{name}' has {length} values, and '{longest}' has {count}", help="give each column one value a row"
            )
    other = next((name for name in columns if name not in types), None)
    faults = {} if other is None else dict.fromkeys(range(count), _undeclared(other, types, source))
    return _Given(columns, count, faults, None)


def _listed(name: Any, values: Any) -> list[Any]:
    if isinstance(values, list):
        return values
    if isinstance(values, str | bytes | Mapping) or not hasattr(values, "__iter__"):
        raise DataError(
            f"'{name}' is {_shown(values)}, and not a list of values", help="give each column one value a row"
        )
    return list(values)


def _of_arrow(rows: Any) -> dict[str, Any]:
    import pyarrow as pa

    table = pa.table(rows)
    names = table.column_names
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"the rows have two columns '{twice}'", help="rename or remove one of them")
    return {name: table.column(name).combine_chunks() for name in names}


def _of_pandas(frame: Any) -> dict[str, Any]:
    """The columns of a frame. One of several kinds of values, which Arrow has no type for, becomes a list."""
    import pyarrow as pa

    columns: dict[str, Any] = {}
    for name, series in frame.items():
        try:
            columns[name] = pa.Array.from_pandas(series)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            columns[name] = series.astype(object).where(series.notna(), None).tolist()
    if len(columns) < len(frame.columns):
        raise DataError("the frame has two columns of one name", help="rename or remove one of them")
    return columns


def _broken_rules(plan: SourcePlan, table: pa.Table, now: dt.datetime) -> Iterator[tuple[int, str]]:
    """(place, reason) of rows whose values are of their types, and which still cannot be a row of the source."""
    for name in plan.primary_key:
        for place in _nulls(table, name):
            yield place, f"'{name}' is missing or NULL, and it is part of the primary key of {plan.source}"
    if plan.known_at is not None:
        for place in _nulls(table, plan.known_at):
            yield place, f"'{plan.known_at}' is missing or NULL, so nothing says when the row became known"
    # A version without an event time takes its event away, from the moment at which that became known.
    if not (plan.has_versions and plan.known_at is not None):
        for place in _nulls(table, plan.event_time):
            yield place, f"'{plan.event_time}' is missing or NULL, so nothing says when the row happened"
    for name in filter(None, (plan.event_time, plan.known_at)):
        yield from _of_the_future(table, name, now)


def _nulls(table: pa.Table, name: str) -> list[int]:
    import pyarrow.compute as pc

    column = table.column(name)
    return pc.indices_nonzero(column.is_null()).to_pylist() if column.null_count else []


def _of_the_future(table: pa.Table, name: str, now: dt.datetime) -> Iterator[tuple[int, str]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    column = table.column(name).cast(pa.timestamp("us"))
    late = pc.greater(column, pa.scalar(now + _FUTURE, type=column.type))
    if pc.any(late).as_py():
        for place in pc.indices_nonzero(late).to_pylist():
            yield place, f"'{name}' is {column[place].as_py()}, more than a year after now ({now:%Y-%m-%d %H:%M:%S})"


def _undeclared(name: Any, types: Mapping[str, DataType], source: str) -> str:
    hint = did_you_mean(str(name), types)
    return f"{source} has no column '{name}'" + (f"; {hint}" if hint else f"; its columns: {', '.join(types)}")


def _item(values: Any, place: int) -> Any:
    return values[place] if isinstance(values, list) else python_values(values.slice(place, 1))[0]


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
