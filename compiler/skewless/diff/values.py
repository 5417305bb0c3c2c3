"""Changed views evaluated both ways, at moments that are drawn of their rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from skewless.contract.arrow import arrow_type
from skewless.contract.definition import Definitions
from skewless.contract.instances import Output, ServicePlan, service_of_view
from skewless.dialects.promotion import is_number, unified
from skewless.diff.result import Change, FeatureValues, Kind
from skewless.engines.engine import Engine
from skewless.ground.dtypes import DOUBLE, FLOAT, DataType
from skewless.ground.errors import SkewlessError
from skewless.monitor.comparing import psi_between
from skewless.tasks.train import training_set
from skewless.verify.equality import equal_across, tolerant_outputs
from skewless.verify.sampling import TIMESTAMP_COLUMN, sampled_spine

if TYPE_CHECKING:
    import pyarrow as pa


def with_values(
    engine: Engine, before: Definitions, now: Definitions, change: Change, *, rows: int, seed: int
) -> Change:
    """The change of a view with its common features compared; a note instead, where they cannot be."""
    if change.resource != "view" or change.kind < Kind.VALUES or change.before is None or change.now is None:
        return change
    plans = [_plan(side, change.name) for side in (before, now)]
    if plans[0].spine_columns != plans[1].spine_columns:
        return replace(change, values_note="it is asked in another way")
    try:
        spine = sampled_spine(engine, plans[1], rows, seed)
        if not spine.num_rows:
            return replace(change, values_note="its sources have no rows")
        tables = [training_set(engine, plan, spine, TIMESTAMP_COLUMN) for plan in plans]
    except SkewlessError as error:
        return replace(change, values_note=error.message)
    return replace(change, values=tuple(_compared(*plans, *tables)))


def _plan(definitions: Definitions, name: str) -> ServicePlan:
    return service_of_view(definitions.views[name].view, definitions.trees())


def _compared(old: ServicePlan, new: ServicePlan, before: pa.Table, now: pa.Table) -> Iterator[FeatureValues]:
    tolerant = tolerant_outputs(old) | tolerant_outputs(new)
    types = {output.feature: _dtype(output) for output in old.outputs}
    common = [output for output in new.outputs if output.feature in types]
    differ = {}
    for output in common:
        name, one, other = output.name, types[output.feature], _dtype(output)
        same = _same(before.column(name), now.column(name), unified((one, other)), is_tolerant=name in tolerant)
        differ[name] = same.count(False)
        if (measured := _measured(one, other)) is None:
            continue
        if one != other:
            before, now = (_with_type(table, name, measured) for table in (before, now))
        if name in tolerant:
            now = _with_same(now, before, name, same)
    psi = psi_between(before, now, list(differ))
    for output in common:
        yield FeatureValues(
            name=output.feature, rows=now.num_rows, differ=differ[output.name], psi=psi.get(output.name)
        )


def _measured(one: DataType, other: DataType) -> DataType | None:
    """The type in which the PSI between two types is measured; None if they have none together.

    Numbers are DOUBLE, or FLOAT if one of them is: what a FLOAT cannot tell apart moves no value into another bin.
    """
    if one == other:
        return one
    if one.element is not None and other.element is not None:
        element = _measured(one.element, other.element)
        return replace(one, element=element) if element else None
    if is_number(one) and is_number(other):
        return FLOAT if FLOAT in (one, other) else DOUBLE
    return unified((one, other))


def _dtype(output: Output) -> DataType:
    return output.instance.view.feature(output.feature).dtype


def _same(before: pa.ChunkedArray, now: pa.ChunkedArray, dtype: DataType | None, *, is_tolerant: bool) -> list[bool]:
    """Row by row; values of types that have no `dtype` together are the same only where both are NULL."""
    pairs = zip(before.to_pylist(), now.to_pylist(), strict=True)
    if dtype is None:
        return [one is None and other is None for one, other in pairs]
    return [equal_across(one, other, dtype, is_tolerant=is_tolerant) for one, other in pairs]


def _with_type(table: pa.Table, name: str, dtype: DataType) -> pa.Table:
    """The values of a column rounded to a type. Of decimals Arrow hits the nearest one by their texts alone."""
    import pyarrow as pa

    place, values = table.column_names.index(name), table.column(name)
    if pa.types.is_decimal(values.type):
        values = values.cast(pa.string())
    return table.set_column(place, name, values.cast(arrow_type(dtype), safe=False))


def _with_same(now: pa.Table, before: pa.Table, name: str, same: list[bool]) -> pa.Table:
    """`now` with the very values of before where they are the same: bins end at values, and last digits would cross."""
    import pyarrow as pa
    import pyarrow.compute as pc

    merged = pc.if_else(pa.array(same, pa.bool_()), before.column(name), now.column(name))
    return now.set_column(now.column_names.index(name), name, merged)
