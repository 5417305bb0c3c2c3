"""Changed views evaluated both ways, at moments that are drawn of their rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from skewless.contract.definition import Definitions
from skewless.contract.instances import ServicePlan, service_of_view
from skewless.contract.ir import FeatureView
from skewless.diff.result import Change, FeatureValues, Kind
from skewless.engines.engine import Engine
from skewless.ground.errors import SkewlessError
from skewless.monitor.comparing import psi_between
from skewless.tasks.train import training_set
from skewless.verify.equality import equal, tolerant_outputs
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
    return replace(change, values=tuple(_compared(plans[1], before.views[change.name].view, *tables)))


def _plan(definitions: Definitions, name: str) -> ServicePlan:
    return service_of_view(definitions.views[name].view, definitions.trees())


def _compared(plan: ServicePlan, old: FeatureView, before: pa.Table, now: pa.Table) -> Iterator[FeatureValues]:
    tolerant = tolerant_outputs(plan)
    types = {feature.name: feature.dtype for feature in old.features}
    common = [output for output in plan.outputs if output.feature in types]
    differ = {output.name: now.num_rows for output in common}
    for output in common:
        name, dtype = output.name, output.instance.view.feature(output.feature).dtype
        if dtype == types[output.feature]:
            pairs = zip(before.column(name).to_pylist(), now.column(name).to_pylist(), strict=True)
            same = [equal(one, other, dtype, is_tolerant=name in tolerant) for one, other in pairs]
            differ[name] = same.count(False)
            now = _with_same(now, before, name, same) if name in tolerant else now
    psi = psi_between(before, now, list(differ))
    for output in common:
        yield FeatureValues(
            name=output.feature, rows=now.num_rows, differ=differ[output.name], psi=psi.get(output.name)
        )


def _with_same(now: pa.Table, before: pa.Table, name: str, same: list[bool]) -> pa.Table:
    """`now` with the very values of before where they are the same: bins end at values, and last digits would cross."""
    import pyarrow as pa
    import pyarrow.compute as pc

    merged = pc.if_else(pa.array(same, pa.bool_()), before.column(name), now.column(name))
    return now.set_column(now.column_names.index(name), name, merged)
