"""Logged values against those that the training path computes now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from skewless.audit.logged import Logged
from skewless.contract.arrow import arrow_type
from skewless.contract.instances import Output, ServicePlan
from skewless.engines.engine import Engine
from skewless.ground.dtypes import DataType
from skewless.ground.errors import UsageError
from skewless.tasks.train import training_set
from skewless.verify.equality import equal, tolerant_outputs

if TYPE_CHECKING:
    import pyarrow as pa

_TIMESTAMP = "skewless_as_of"
_ANOTHER = "begin after it with --since, or audit it with the project as it was then"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One served value. `event_time` is that of the newest row behind it, as it was logged."""

    served: Any
    status: str
    event_time: dt.datetime | None
    expected: Any
    is_equal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One logged row: what was asked, when, and each value of the service that can be compared. No two rows of an audit
    have one number."""

    number: int
    request_id: str | None
    at: dt.datetime
    fields: Mapping[str, Any]
    values: Mapping[str, Value]

    @property
    def differs(self) -> bool:
        return not all(value.is_equal for value in self.values.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputed:
    """Rows of one definition of a service."""

    logged: Logged
    outputs: tuple[Output, ...]
    """Those that were logged and that the service still has."""
    rows: tuple[Row, ...]


def recompute(engine: Engine, service: ServicePlan, logged: Logged, first: int) -> Recomputed:
    """Each logged value beside the one of now; rows are numbered from `first` on.

    Raises UsageError where the service asks for what was not logged, or for another type of it.
    """
    import pyarrow as pa

    asked = _asked(logged, service)
    moments = logged.rows.column(logged.layout.own["log_as_of"])
    expected = training_set(engine, service, pa.table({**asked, _TIMESTAMP: moments}), _TIMESTAMP)
    known = {one.name: one for one in logged.layout.features}
    outputs = tuple(one for one in service.outputs if one.name in known)
    tolerant = tolerant_outputs(service, engine.dialect)
    columns = [_values(logged, expected, one, one.name in tolerant) for one in outputs]
    return Recomputed(logged=logged, outputs=outputs, rows=_rows(logged, asked, outputs, columns, first))


def _asked(logged: Logged, service: ServicePlan) -> dict[str, pa.ChunkedArray]:
    """The keys and request fields that the service needs, in the types that it has now."""
    import pyarrow as pa

    layout = logged.layout
    were = {**layout.keys, **layout.fields}
    missing = [name for name in service.spine_columns if name not in were]
    if missing:
        raise UsageError(
            f"'{service.name}' needs {', '.join(missing)}, which '{layout.definition}' was not asked with",
            help=_ANOTHER,
        )
    columns = {}
    for name, dtype in service.spine_columns.items():
        try:
            columns[name] = logged.rows.column(name).cast(arrow_type(DataType.parse(dtype)))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise UsageError(
                f"'{name}' is {dtype} now, and '{layout.definition}' was asked with {were[name]}: {error}",
                help=_ANOTHER,
            ) from error
    return columns


def _values(logged: Logged, expected: pa.Table, output: Output, is_tolerant: bool) -> list[Value]:
    known = next(one for one in logged.layout.features if one.name == output.name)
    dtype = output.instance.view.feature(output.feature).dtype
    columns = [logged.rows.column(name).to_pylist() for name in (known.value, known.status, known.event_timestamp)]
    return [
        Value(
            served=served,
            status=status,
            event_time=event_time,
            expected=value,
            is_equal=_is_equal(served, value, dtype, is_tolerant=is_tolerant),
        )
        for served, status, event_time, value in zip(*columns, expected.column(output.name).to_pylist(), strict=True)
    ]


def _is_equal(served: Any, expected: Any, dtype: Any, *, is_tolerant: bool) -> bool:
    """A value of another type is another value: the log may be of a definition with other types."""
    try:
        return equal(served, expected, dtype, is_tolerant=is_tolerant)
    except TypeError:
        return False


def _rows(
    logged: Logged,
    asked: Mapping[str, pa.ChunkedArray],
    outputs: Sequence[Output],
    columns: Sequence[Sequence[Value]],
    first: int,
) -> tuple[Row, ...]:
    own = logged.layout.own
    ids, moments = (logged.rows.column(own[name]).to_pylist() for name in ("log_request_id", "log_as_of"))
    fields = {name: column.to_pylist() for name, column in asked.items()}
    return tuple(
        Row(
            number=first + place,
            request_id=ids[place],
            at=moments[place],
            fields={name: values[place] for name, values in fields.items()},
            values={one.name: column[place] for one, column in zip(outputs, columns, strict=True)},
        )
        for place in range(logged.rows.num_rows)
    )
