"""Two tables of the same features, the one as the baseline of the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlglot import exp

from skewless.codegen.ctes import select
from skewless.contract.names import table
from skewless.engines.duckdb import DuckDB
from skewless.ground.durations import Duration
from skewless.monitor.binning import bins_of
from skewless.monitor.counting import tallies
from skewless.monitor.distances import distances
from skewless.monitor.relations import FeatureColumns, Relation, value_column
from skewless.monitor.tallies import Tally
from skewless.project.model import Monitoring

if TYPE_CHECKING:
    import pyarrow as pa

_DAY = Duration.parse("1 day")


def psi_between(baseline: pa.Table, other: pa.Table, names: Sequence[str]) -> dict[str, float]:
    """The population stability index of each feature that both have in the same type and that has values in both."""
    with DuckDB(root=Path(), settings={}, threads=0) as scratch:
        sides = {"baseline": baseline, "other": other}
        for name, rows in sides.items():
            scratch.register(name, rows)
        types = [scratch.columns(select([exp.Star()], name)) for name in sides]
        same = [name for name in names if types[0][name] == types[1][name]]
        features = [
            FeatureColumns(name=name, dtype=types[0][name], value=value_column(name, types[0][name], scratch))
            for name in same
        ]
        relations = [Relation(engine=scratch, source=table(name), features=tuple(features)) for name in sides]
        defaults = Monitoring()
        bins = {
            one.name: bins_of(relations[0], one, kind, bins=defaults.bins, categories=defaults.categories)
            for one in features
            if (kind := one.kind) is not None
        }
        counted = [tallies(relation, bins, _DAY) for relation in relations]
    found = {}
    for name, own in bins.items():
        counts = [side[name].get(0, Tally()).counts(own.count) for side in counted]
        if (distance := distances(*counts, is_ordered=own.is_ordered)) is not None:
            found[name] = distance.psi
    return found
